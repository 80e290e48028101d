// The texts of the Elements and of the bank's page in every language that is played, and the choice of a language.

/** The names of the texts, in the order of the columns below. What begins with a code is the text of that error. */
const KEYS = [
  "card", "sepa_debit", "us_bank_account", "card_number", "expiration", "expiry_placeholder", "security_code", "country",
  "zip", "postal_code", "full_name", "email", "routing_number", "account_number", "account_type", "checking", "savings",
  "redirect", "incomplete_number", "invalid_number", "incomplete_expiry", "invalid_expiry_month",
  "invalid_expiry_year_past", "invalid_expiry_year", "invalid_expiry_month_past", "incomplete_cvc", "incomplete_zip",
  "incomplete_field", "incomplete_email", "incomplete_iban", "invalid_iban", "incomplete_routing_number",
  "invalid_routing_number", "incomplete_account_number", "bank_mark", "bank_title", "bank_about", "bank_complete",
  "bank_fail", "bank_wallet_title", "bank_wallet_about", "bank_authorize", "bank_refuse", "bank_merchant", "bank_amount",
  "bank_method", "bank_done",
];

/** The texts, one in a line. */
const COLUMNS = {
  en: `Card
SEPA Debit
US bank account
Card number
Expiration date
MM / YY
Security code
Country
ZIP code
Postal code
Full name
Email
Routing number
Account number
Account type
Checking
Savings
After you submit, you are taken to another page to finish the payment.
Your card number is incomplete.
Your card number is invalid.
Your card's expiration date is incomplete.
Your card's expiration date is invalid.
Your card's expiration year is in the past.
Your card's expiration year is invalid.
Your card's expiration date is in the past.
Your card's security code is incomplete.
Your postal code is incomplete.
This field is incomplete.
Your email is incomplete.
The IBAN you entered is incomplete.
The IBAN you entered is invalid.
Your routing number is incomplete.
Your routing number is invalid.
Your account number is incomplete.
Test mode
3D Secure
A bank would ask here whether it is you. Nothing is charged: this is a sandbox.
Complete
Fail
Test payment page
The customer would agree here. Nothing is charged: this is a sandbox.
Authorize test payment
Fail test payment
Merchant
Amount
Payment method
Done. You can close this page.`,
  de: `Karte
SEPA-Lastschrift
US-Bankkonto
Kartennummer
Ablaufdatum
MM / JJ
Prüfziffer
Land
Postleitzahl
Postleitzahl
Vollständiger Name
E-Mail
Bankleitzahl (Routing)
Kontonummer
Kontoart
Girokonto
Sparkonto
Nach dem Absenden werden Sie zum Abschluss der Zahlung auf eine andere Seite geleitet.
Die Kartennummer ist unvollständig.
Die Kartennummer ist ungültig.
Das Ablaufdatum der Karte ist unvollständig.
Das Ablaufdatum der Karte ist ungültig.
Das Ablaufjahr der Karte liegt in der Vergangenheit.
Das Ablaufjahr der Karte ist ungültig.
Das Ablaufdatum der Karte liegt in der Vergangenheit.
Die Prüfziffer der Karte ist unvollständig.
Die Postleitzahl ist unvollständig.
Dieses Feld ist unvollständig.
Die E-Mail-Adresse ist unvollständig.
Die eingegebene IBAN ist unvollständig.
Die eingegebene IBAN ist ungültig.
Die Bankleitzahl ist unvollständig.
Die Bankleitzahl ist ungültig.
Die Kontonummer ist unvollständig.
Testmodus
3D Secure
Hier würde die Bank fragen, ob Sie es sind. Es wird nichts belastet: Dies ist eine Sandbox.
Abschließen
Ablehnen
Testseite für Zahlungen
Hier würde der Kunde zustimmen. Es wird nichts belastet: Dies ist eine Sandbox.
Testzahlung autorisieren
Testzahlung ablehnen
Händler
Betrag
Zahlungsart
Fertig. Sie können diese Seite schließen.`,
  fr: `Carte
Prélèvement SEPA
Compte bancaire américain
Numéro de carte
Date d'expiration
MM / AA
Code de sécurité
Pays
Code postal
Code postal
Nom complet
E-mail
Numéro d'acheminement
Numéro de compte
Type de compte
Compte courant
Compte épargne
Après l'envoi, vous serez redirigé vers une autre page pour terminer le paiement.
Le numéro de votre carte est incomplet.
Le numéro de votre carte n'est pas valide.
La date d'expiration de votre carte est incomplète.
La date d'expiration de votre carte n'est pas valide.
L'année d'expiration de votre carte est passée.
L'année d'expiration de votre carte n'est pas valide.
La date d'expiration de votre carte est passée.
Le code de sécurité de votre carte est incomplet.
Votre code postal est incomplet.
Ce champ est incomplet.
Votre adresse e-mail est incomplète.
L'IBAN que vous avez saisi est incomplet.
L'IBAN que vous avez saisi n'est pas valide.
Votre numéro d'acheminement est incomplet.
Votre numéro d'acheminement n'est pas valide.
Votre numéro de compte est incomplet.
Mode test
3D Secure
Une banque demanderait ici si c'est bien vous. Rien n'est débité : ceci est un bac à sable.
Terminer
Refuser
Page de paiement de test
Le client donnerait ici son accord. Rien n'est débité : ceci est un bac à sable.
Autoriser le paiement test
Refuser le paiement test
Marchand
Montant
Moyen de paiement
Terminé. Vous pouvez fermer cette page.`,
  es: `Tarjeta
Adeudo SEPA
Cuenta bancaria de EE. UU.
Número de tarjeta
Fecha de caducidad
MM / AA
Código de seguridad
País
Código postal
Código postal
Nombre completo
Correo electrónico
Número de ruta
Número de cuenta
Tipo de cuenta
Corriente
Ahorros
Después de enviar, irás a otra página para terminar el pago.
El número de tu tarjeta está incompleto.
El número de tu tarjeta no es válido.
La fecha de caducidad de tu tarjeta está incompleta.
La fecha de caducidad de tu tarjeta no es válida.
El año de caducidad de tu tarjeta ya ha pasado.
El año de caducidad de tu tarjeta no es válido.
La fecha de caducidad de tu tarjeta ya ha pasado.
El código de seguridad de tu tarjeta está incompleto.
Tu código postal está incompleto.
Este campo está incompleto.
Tu correo electrónico está incompleto.
El IBAN que has introducido está incompleto.
El IBAN que has introducido no es válido.
Tu número de ruta está incompleto.
Tu número de ruta no es válido.
Tu número de cuenta está incompleto.
Modo de prueba
3D Secure
Un banco preguntaría aquí si eres tú. No se cobra nada: esto es un entorno de pruebas.
Completar
Rechazar
Página de pago de prueba
El cliente daría aquí su consentimiento. No se cobra nada: esto es un entorno de pruebas.
Autorizar el pago de prueba
Rechazar el pago de prueba
Comercio
Importe
Método de pago
Listo. Puedes cerrar esta página.`,
  it: `Carta
Addebito SEPA
Conto bancario USA
Numero di carta
Data di scadenza
MM / AA
Codice di sicurezza
Paese
CAP
CAP
Nome completo
Email
Codice di routing
Numero di conto
Tipo di conto
Corrente
Risparmio
Dopo l'invio passerai a un'altra pagina per completare il pagamento.
Il numero della carta è incompleto.
Il numero della carta non è valido.
La data di scadenza della carta è incompleta.
La data di scadenza della carta non è valida.
L'anno di scadenza della carta è passato.
L'anno di scadenza della carta non è valido.
La data di scadenza della carta è passata.
Il codice di sicurezza della carta è incompleto.
Il CAP è incompleto.
Questo campo è incompleto.
L'indirizzo email è incompleto.
L'IBAN inserito è incompleto.
L'IBAN inserito non è valido.
Il codice di routing è incompleto.
Il codice di routing non è valido.
Il numero di conto è incompleto.
Modalità di test
3D Secure
Qui una banca chiederebbe se sei tu. Non viene addebitato nulla: questa è una sandbox.
Completa
Rifiuta
Pagina di pagamento di test
Qui il cliente darebbe il consenso. Non viene addebitato nulla: questa è una sandbox.
Autorizza il pagamento di test
Rifiuta il pagamento di test
Esercente
Importo
Metodo di pagamento
Fatto. Puoi chiudere questa pagina.`,
  nl: `Kaart
SEPA-incasso
Amerikaanse bankrekening
Kaartnummer
Vervaldatum
MM / JJ
Beveiligingscode
Land
Postcode
Postcode
Volledige naam
E-mailadres
Routingnummer
Rekeningnummer
Soort rekening
Betaalrekening
Spaarrekening
Na het verzenden ga je naar een andere pagina om de betaling af te ronden.
Je kaartnummer is onvolledig.
Je kaartnummer is ongeldig.
De vervaldatum van je kaart is onvolledig.
De vervaldatum van je kaart is ongeldig.
Het vervaljaar van je kaart is verstreken.
Het vervaljaar van je kaart is ongeldig.
De vervaldatum van je kaart is verstreken.
De beveiligingscode van je kaart is onvolledig.
Je postcode is onvolledig.
Dit veld is onvolledig.
Je e-mailadres is onvolledig.
De ingevoerde IBAN is onvolledig.
De ingevoerde IBAN is ongeldig.
Je routingnummer is onvolledig.
Je routingnummer is ongeldig.
Je rekeningnummer is onvolledig.
Testmodus
3D Secure
Een bank zou hier vragen of jij het bent. Er wordt niets afgeschreven: dit is een sandbox.
Voltooien
Weigeren
Testpagina voor betalingen
De klant zou hier akkoord gaan. Er wordt niets afgeschreven: dit is een sandbox.
Testbetaling autoriseren
Testbetaling weigeren
Verkoper
Bedrag
Betaalmethode
Klaar. Je kunt deze pagina sluiten.`,
  pl: `Karta
Polecenie zapłaty SEPA
Konto bankowe w USA
Numer karty
Data ważności
MM / RR
Kod zabezpieczający
Kraj
Kod pocztowy
Kod pocztowy
Imię i nazwisko
Adres e-mail
Numer rozliczeniowy
Numer konta
Rodzaj konta
Bieżące
Oszczędnościowe
Po wysłaniu przejdziesz na inną stronę, aby dokończyć płatność.
Numer karty jest niepełny.
Numer karty jest nieprawidłowy.
Data ważności karty jest niepełna.
Data ważności karty jest nieprawidłowa.
Rok ważności karty już minął.
Rok ważności karty jest nieprawidłowy.
Data ważności karty już minęła.
Kod zabezpieczający karty jest niepełny.
Kod pocztowy jest niepełny.
To pole jest niepełne.
Adres e-mail jest niepełny.
Podany IBAN jest niepełny.
Podany IBAN jest nieprawidłowy.
Numer rozliczeniowy jest niepełny.
Numer rozliczeniowy jest nieprawidłowy.
Numer konta jest niepełny.
Tryb testowy
3D Secure
W tym miejscu bank zapytałby, czy to Ty. Nic nie zostanie pobrane: to jest środowisko testowe.
Zakończ
Odrzuć
Testowa strona płatności
W tym miejscu klient wyraziłby zgodę. Nic nie zostanie pobrane: to jest środowisko testowe.
Autoryzuj płatność testową
Odrzuć płatność testową
Sprzedawca
Kwota
Metoda płatności
Gotowe. Możesz zamknąć tę stronę.`,
  pt: `Cartão
Débito SEPA
Conta bancária dos EUA
Número do cartão
Data de validade
MM / AA
Código de segurança
País
Código postal
Código postal
Nome completo
E-mail
Número de encaminhamento
Número da conta
Tipo de conta
Corrente
Poupança
Depois de enviar, será encaminhado para outra página para concluir o pagamento.
O número do cartão está incompleto.
O número do cartão é inválido.
A data de validade do cartão está incompleta.
A data de validade do cartão é inválida.
O ano de validade do cartão já passou.
O ano de validade do cartão é inválido.
A data de validade do cartão já passou.
O código de segurança do cartão está incompleto.
O código postal está incompleto.
Este campo está incompleto.
O e-mail está incompleto.
O IBAN introduzido está incompleto.
O IBAN introduzido é inválido.
O número de encaminhamento está incompleto.
O número de encaminhamento é inválido.
O número da conta está incompleto.
Modo de teste
3D Secure
Aqui um banco perguntaria se é mesmo você. Nada é cobrado: isto é um ambiente de testes.
Concluir
Recusar
Página de pagamento de teste
Aqui o cliente daria o seu acordo. Nada é cobrado: isto é um ambiente de testes.
Autorizar pagamento de teste
Recusar pagamento de teste
Comerciante
Valor
Forma de pagamento
Pronto. Pode fechar esta página.`,
  ar: `بطاقة
خصم SEPA
حساب بنكي أمريكي
رقم البطاقة
تاريخ انتهاء الصلاحية
MM / YY
رمز الأمان
البلد
الرمز البريدي
الرمز البريدي
الاسم الكامل
البريد الإلكتروني
رقم التوجيه
رقم الحساب
نوع الحساب
جارٍ
توفير
بعد الإرسال ستنتقل إلى صفحة أخرى لإتمام الدفع.
رقم البطاقة غير مكتمل.
رقم البطاقة غير صالح.
تاريخ انتهاء صلاحية البطاقة غير مكتمل.
تاريخ انتهاء صلاحية البطاقة غير صالح.
سنة انتهاء صلاحية البطاقة في الماضي.
سنة انتهاء صلاحية البطاقة غير صالحة.
تاريخ انتهاء صلاحية البطاقة في الماضي.
رمز أمان البطاقة غير مكتمل.
الرمز البريدي غير مكتمل.
هذا الحقل غير مكتمل.
البريد الإلكتروني غير مكتمل.
رقم IBAN الذي أدخلته غير مكتمل.
رقم IBAN الذي أدخلته غير صالح.
رقم التوجيه غير مكتمل.
رقم التوجيه غير صالح.
رقم الحساب غير مكتمل.
وضع الاختبار
3D Secure
هنا يسألك البنك للتأكد من هويتك. لن يُخصم أي مبلغ: هذه بيئة اختبار.
إتمام
رفض
صفحة دفع تجريبية
هنا يوافق العميل على الدفع. لن يُخصم أي مبلغ: هذه بيئة اختبار.
الموافقة على الدفع التجريبي
رفض الدفع التجريبي
التاجر
المبلغ
طريقة الدفع
تم. يمكنك إغلاق هذه الصفحة.`,
  he: `כרטיס
חיוב SEPA
חשבון בנק בארה"ב
מספר כרטיס
תאריך תפוגה
MM / YY
קוד אבטחה
מדינה
מיקוד
מיקוד
שם מלא
אימייל
מספר ניתוב
מספר חשבון
סוג חשבון
עו"ש
חיסכון
לאחר השליחה תועברו לדף אחר כדי להשלים את התשלום.
מספר הכרטיס אינו מלא.
מספר הכרטיס אינו תקין.
תאריך התפוגה של הכרטיס אינו מלא.
תאריך התפוגה של הכרטיס אינו תקין.
שנת התפוגה של הכרטיס כבר חלפה.
שנת התפוגה של הכרטיס אינה תקינה.
תאריך התפוגה של הכרטיס כבר חלף.
קוד האבטחה של הכרטיס אינו מלא.
המיקוד אינו מלא.
השדה הזה אינו מלא.
כתובת האימייל אינה מלאה.
ה-IBAN שהוזן אינו מלא.
ה-IBAN שהוזן אינו תקין.
מספר הניתוב אינו מלא.
מספר הניתוב אינו תקין.
מספר החשבון אינו מלא.
מצב בדיקה
3D Secure
כאן הבנק היה שואל אם זה אתם. לא יבוצע חיוב: זוהי סביבת בדיקה.
השלמה
דחייה
דף תשלום לבדיקה
כאן הלקוח היה מאשר. לא יבוצע חיוב: זוהי סביבת בדיקה.
אישור תשלום הבדיקה
דחיית תשלום הבדיקה
בית העסק
סכום
אמצעי תשלום
בוצע. אפשר לסגור את הדף.`,
  ja: `カード
SEPA 口座振替
米国の銀行口座
カード番号
有効期限
月 / 年
セキュリティコード
国
郵便番号
郵便番号
氏名
メールアドレス
ルーティング番号
口座番号
口座の種類
当座預金
普通預金
送信すると、支払いを完了するための別のページに移動します。
カード番号に不備があります。
カード番号が無効です。
カードの有効期限に不備があります。
カードの有効期限が無効です。
カードの有効期限（年）が過ぎています。
カードの有効期限（年）が無効です。
カードの有効期限が過ぎています。
カードのセキュリティコードに不備があります。
郵便番号に不備があります。
この項目に不備があります。
メールアドレスに不備があります。
入力された IBAN に不備があります。
入力された IBAN が無効です。
ルーティング番号に不備があります。
ルーティング番号が無効です。
口座番号に不備があります。
テストモード
3D セキュア
ここで銀行が本人確認を行います。これはサンドボックスのため、請求は発生しません。
完了
失敗
テスト決済ページ
ここで顧客が同意します。これはサンドボックスのため、請求は発生しません。
テスト支払いを承認
テスト支払いを拒否
加盟店
金額
支払い方法
完了しました。このページを閉じてください。`,
};

/** The languages that are written from right to left. */
const RIGHT_TO_LEFT = ["ar", "he"];

/** The locales of Stripe.js. Those without a column of their own are shown in English. */
export const LOCALES = (
  "ar bg cs da de el en en-GB es es-419 et fi fil fr fr-CA he hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru " +
  "sk sl sv th tr vi zh zh-HK zh-TW"
).split(" ");

/** Errors whose text depends on the name of a field in no language. */
const ALIASES = { incomplete_name: "incomplete_field" };

/** A language of the texts, and the locale of the numbers and countries. */
export class Language {
  /** @param locale what the page asks for: a locale of Stripe.js, or `auto` for that of the browser */
  constructor(locale = "auto") {
    const wanted = LOCALES.includes(locale) ? [locale] : (globalThis.navigator?.languages ?? []);
    this.locale = wanted.find((one) => COLUMNS[one.split("-")[0]] !== undefined) ?? "en";
    this.name = this.locale.split("-")[0];
    this.texts = new Map(COLUMNS[this.name].split("\n").map((text, at) => [KEYS[at], text]));
  }

  /** The text with this name; for an error without a text of its own, nothing. */
  text(name) {
    return this.texts.get(ALIASES[name] ?? name);
  }

  /** An amount with its currency, as it is written in the language. */
  amount(amount, currency) {
    return new Intl.NumberFormat(this.locale, { style: "currency", currency }).format(amount);
  }

  /** `rtl` or `ltr`. */
  get direction() {
    return RIGHT_TO_LEFT.includes(this.name) ? "rtl" : "ltr";
  }

  /** Says of a node in which language it is, and in which direction it is read. */
  mark(node) {
    Object.assign(node, { lang: this.locale, dir: this.direction });
  }
}

/** How many texts each language has, for the tests. */
export function counts() {
  return Object.fromEntries(Object.entries(COLUMNS).map(([name, column]) => [name, column.split("\n").length]));
}

/** How many texts there have to be. */
export const TEXTS = KEYS.length;
