// The other methods of Stripe.js, which this script does not support: a call reports the missing support.

/** The names of its methods, as Stripe's own types have them. */
const NOT_PLAYED = [
  "collectBankAccountForPayment", "collectBankAccountForSetup", "collectBankAccountToken",
  "collectFinancialConnectionsAccounts", "confirmAcssDebitPayment", "confirmAcssDebitSetup", "confirmAffirmPayment",
  "confirmAfterpayClearpayPayment", "confirmAlipayPayment", "confirmAmazonPaySetup", "confirmAuBecsDebitPayment",
  "confirmAuBecsDebitSetup", "confirmBacsDebitPayment", "confirmBacsDebitSetup", "confirmBancontactPayment",
  "confirmBancontactSetup", "confirmBilliePayment", "confirmBlikPayment", "confirmBlikSetup", "confirmBoletoPayment",
  "confirmCashappPayment", "confirmCashappSetup", "confirmCustomerBalancePayment", "confirmEpsPayment",
  "confirmFpxPayment", "confirmGiropayPayment", "confirmGrabPayPayment", "confirmIdealPayment", "confirmIdealSetup",
  "confirmKlarnaPayment", "confirmKonbiniPayment", "confirmMobilepayPayment", "confirmMultibancoPayment",
  "confirmOxxoPayment", "confirmP24Payment", "confirmPayByBankPayment", "confirmPayNowPayment",
  "confirmPayPalPayment", "confirmPayPalSetup", "confirmPixPayment", "confirmPromptPayPayment",
  "confirmSofortPayment", "confirmSofortSetup", "confirmTwintPayment", "confirmWechatPayPayment",
  "createEmbeddedCheckoutPage", "createEphemeralKeyNonce", "createRadarSession",
  "createSource", "initCheckout", "initCheckoutElementsSdk", "initCheckoutFormSdk", "initEmbeddedCheckout",
  "initializePricing", "processOrder", "redirectToCheckout", "retrieveConfirmationToken", "retrieveOrder",
  "retrieveSource", "verifyIdentity",
];
