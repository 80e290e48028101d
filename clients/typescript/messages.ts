// The messages of causeway.v1, as far as the stories read them.

export interface Money {
  amount: string;
  currency: string;
}

export interface Failure {
  code: string;
  decline_code: string;
  advice: string;
  payer_message: string;
}

export interface Payment {
  id: string;
  status: string;
  amount: Money;
  captured: Money | null;
  refunded: Money | null;
  charged_back: Money | null;
  customer_id: string;
  card_token: string;
  off_session: boolean;
}

export interface Result {
  payment: Payment;
  outcome: string;
  duplicate: boolean;
  failure: Failure | null;
}

export interface Option {
  currency: string;
  payment_system: string;
  test_mode: boolean;
  minimum: Money;
  maximum: Money;
  publishable_key: string;
  method_types: string[];
  cards_may_be_saved: boolean;
  why_not_saved: string;
}

export interface Verdict {
  rule: string;
  judgement: string;
  reason: string;
  fix: string;
  payer_message: string;
}

export interface StoredCard {
  token: string;
  display_name: string;
  status: string;
  reuse: string;
  is_default: boolean;
}

export interface CardResult {
  outcome: string;
  duplicate: boolean;
  card: StoredCard;
}

// A kind and a source that the contract has no name for are numbers.
export interface Event {
  id: string;
  sequence: string;
  kind: string | number;
  source: string | number;
  payment: Payment | null;
  refund: { amount: Money | null } | null;
  dispute: { amount: Money | null } | null;
  card: StoredCard | null;
}

// The answer of each method.
export interface Answers {
  Authorize: { result: Result };
  Capture: { result: Result };
  Refund: { result: Result; refund: { status: string } };
  Void: Record<string, never>;
  GetCapabilities: {
    contract_version: string;
    refused_operations: string[];
    payment_systems: { name: string; test_mode: boolean }[];
    currencies: { currency: string; payment_system: string; minimum: Money; maximum: Money }[];
  };
  ListPaymentOptions: { options: Option[] };
  CheckPolicy: { admitted: boolean; verdicts: Verdict[] };
  Tokenize: { status: string; result: CardResult };
  DeleteCard: { status: string; result: CardResult };
  ListCards: { cards: StoredCard[]; unconfirmed: boolean };
}

export type Name = keyof Answers;
