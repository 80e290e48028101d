// A first payment: hold, capture, refund, and each way of hearing no.
//
//   CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
//   CAUSEWAY_TOKEN     a caller's token with the rights charge, refund and read
//
// Exit code: 0 all answers were the expected ones, 1 one was not, 2 it was not told where.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import protobuf from "protobufjs";

const PROCESSOR = "causeway.v1.Processor";
// From build/, where the compiled file is.
const CONTRACT = fileURLToPath(new URL("../../../proto/causeway/v1/processor.proto", import.meta.url));

// How long one answer is waited for, in milliseconds. The adapter passes it on, so
// that everybody down the way gives up before we do and an honest answer still arrives.
const PATIENCE = 30_000;
// How often one request is sent.
const TRIES = 5;

// --- The messages, as far as this story reads them ----------------------------------

interface Money {
  amount: string;
  currency: string;
}

interface Failure {
  code: string;
  decline_code: string;
  advice: string;
  payer_message: string;
}

interface Payment {
  id: string;
  status: string;
  captured: Money | null;
  refunded: Money | null;
}

interface Result {
  payment: Payment;
  outcome: string;
  duplicate: boolean;
  failure: Failure | null;
}

interface Answers {
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
}

type Name = keyof Answers;

// The two contracts of gRPC's own that are used here, without the parts that are not:
// grpc/health/v1/health.proto, google/rpc/status.proto and google/rpc/error_details.proto.
const standard = protobuf.parse(`
  syntax = "proto3";

  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }

  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message LocalizedMessage { string locale = 1; string message = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
`, { keepCase: true }).root;

interface Detail {
  type_url: string;
  value: Uint8Array;
}

interface ErrorInfo {
  reason: string;
  domain: string;
  metadata: Record<string, string>;
}

interface Delay {
  seconds: number;
  nanos: number;
}

function decoded<T>(kind: string, bytes: Uint8Array): T {
  const type = standard.lookupType(kind);
  const plain = { defaults: true, arrays: true, objects: true, enums: String, longs: Number };
  return type.toObject(type.decode(bytes), plain) as T;
}

// --- How a no is read ---------------------------------------------------------------

// A gRPC error with what its google.rpc details say.
class Refusal extends Error {
  readonly code: string;
  readonly reason: string;
  readonly metadata: Record<string, string> = {};
  readonly payerMessage: string = "";
  readonly wait: number | null = null;

  constructor(error: grpc.ServiceError) {
    super(error.details);
    this.code = grpc.status[error.code] ?? String(error.code);
    this.reason = this.code;
    for (const { type_url, value } of detailsOf(error)) {
      const kind = type_url.slice(type_url.lastIndexOf("/") + 1);
      if (kind === "google.rpc.ErrorInfo") {
        const info = decoded<ErrorInfo>("ErrorInfo", value);
        if (info.domain === "causeway") {
          this.reason = info.reason;
          this.metadata = info.metadata;
        }
      } else if (kind === "google.rpc.LocalizedMessage") {
        this.payerMessage = decoded<{ message: string }>("LocalizedMessage", value).message;
      } else if (kind === "google.rpc.RetryInfo") {
        const { retry_delay } = decoded<{ retry_delay: Delay | null }>("RetryInfo", value);
        this.wait = retry_delay && retry_delay.seconds * 1000 + retry_delay.nanos / 1e6;
      }
    }
  }
}

function detailsOf(error: grpc.ServiceError): Detail[] {
  return error.metadata
    .get("grpc-status-details-bin")
    .filter((value) => typeof value !== "string")
    .flatMap((value) => decoded<{ details: Detail[] }>("Status", value).details);
}

// --- How something is asked ---------------------------------------------------------

const asWritten = { keepCase: true, enums: String, longs: String, defaults: true, oneofs: true };
const definition = loader.loadSync(CONTRACT, asWritten);
const methods = definition[PROCESSOR] as loader.ServiceDefinition;

// The adapter, for one caller.
class Processor {
  private readonly client: grpc.Client;
  private readonly metadata = new grpc.Metadata();

  constructor(address: string, token: string) {
    const url = new URL(address.includes("://") ? address : `http://${address}`);
    const credentials = url.protocol === "https:" ? grpc.credentials.createSsl() : grpc.credentials.createInsecure();
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    this.client = new grpc.Client(`${url.hostname}:${port}`, credentials);
    this.metadata.set("authorization", `Bearer ${token}`);
  }

  close(): void {
    this.client.close();
  }

  // Sends a request once.
  once<N extends Name>(name: N, fields: object, patience = PATIENCE): Promise<Answers[N]> {
    const method = methods[name]!;
    const answer = (bytes: Buffer) => method.responseDeserialize(bytes) as Answers[N];
    return this.unary(method.path, method.requestSerialize, answer, fields, patience);
  }

  // Asks whether the adapter can work.
  health(): Promise<{ status: string }> {
    const type = standard.lookupType("HealthCheckRequest");
    const request = (fields: object) => Buffer.from(type.encode(type.fromObject(fields)).finish());
    const answer = (bytes: Buffer) => decoded<{ status: string }>("HealthCheckResponse", bytes);
    return this.unary("/grpc.health.v1.Health/Check", request, answer, { service: PROCESSOR }, PATIENCE);
  }

  // Sends a request until its outcome is known.
  //
  // After UNAVAILABLE or DEADLINE_EXCEEDED nobody here knows whether money moved. The
  // same request id is the only safe way on: it gets the first answer, or does it now
  // if it was not done. A new request id could charge a second time.
  async ask<N extends Name>(name: N, fields: object, patience = PATIENCE): Promise<Answers[N]> {
    let pause = 200;
    for (let attempt = 1; ; attempt++) {
      const last = attempt === TRIES;
      let wait = pause;
      try {
        const answer = await this.once(name, fields, patience);
        const unknown = "result" in answer && (answer.result as Result).outcome === "OUTCOME_UNKNOWN";
        if (last || !unknown) {
          return answer;
        }
        console.log(`    nobody knows the outcome yet; the same request again in ${wait} ms`);
      } catch (error) {
        const lost = error instanceof Refusal && ["UNAVAILABLE", "DEADLINE_EXCEEDED"].includes(error.code);
        if (last || !lost) {
          throw error;
        }
        wait = error.wait ?? pause;
        console.log(`    ${error.reason}; the same request again in ${wait} ms`);
      }
      await sleep(wait);
      pause = Math.min(pause * 2, 5000);
    }
  }

  private unary<Q, A>(
    path: string,
    serialize: (request: Q) => Buffer,
    deserialize: (bytes: Buffer) => A,
    request: Q,
    patience: number,
  ): Promise<A> {
    const options = { deadline: Date.now() + patience };
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(path, serialize, deserialize, request, this.metadata, options, (error, answer) => {
        if (error) {
          reject(new Refusal(error));
        } else {
          resolve(answer!);
        }
      });
    });
  }
}

// One for each attempt. Billing stores it with the attempt before it asks.
function newRequestId(): string {
  return randomUUID();
}

function spoken(money: Money | null): string {
  return money ? `${money.amount} ${money.currency}` : "nothing";
}

// --- The story ----------------------------------------------------------------------

class Unexpected extends Error {}

function step(title: string): void {
  console.log(title);
}

// Says what was seen; ends with the first thing that is not as expected.
function expect<T>(what: string, seen: T, expected: T): void {
  if (!isDeepStrictEqual(seen, expected)) {
    throw new Unexpected(`${what}: ${JSON.stringify(seen)}, and ${JSON.stringify(expected)} was expected`);
  }
  console.log(`    ${what}: ${String(seen)}`);
}

// The refusal that a request has to get.
async function refusalOf(processor: Processor, name: Name, fields: object): Promise<Refusal> {
  try {
    await processor.ask(name, fields);
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
  throw new Unexpected(`${name} was answered, and a refusal was expected`);
}

function authorize(amount: string, card = "pm_card_visa") {
  return {
    request_id: newRequestId(),
    amount: { amount, currency: "USD" },
    capture_mode: "CAPTURE_MODE_MANUAL",
    payment_method: card,
    billing_reference: "first-payment",
  };
}

async function play(processor: Processor, stranger: Processor): Promise<void> {
  step("The adapter is asked whether it can work");
  expect("health", (await processor.health()).status, "SERVING");

  step("What can be done here?");
  const capabilities = await processor.ask("GetCapabilities", {});
  expect("contract", capabilities.contract_version, "v1");
  expect("always refused", capabilities.refused_operations, ["Void"]);
  for (const { currency, payment_system, minimum, maximum } of capabilities.currencies) {
    console.log(`    ${currency} goes through ${payment_system}, ${spoken(minimum)} to ${spoken(maximum)}`);
  }
  if (!capabilities.payment_systems.every((system) => system.test_mode)) {
    throw new Unexpected("a payment system here takes real money, and this is a trial");
  }
  console.log("    no real money moves");

  step("12.50 USD are held on a card");
  const order = authorize("12.50");
  const { result: held } = await processor.ask("Authorize", order);
  expect("outcome", held.outcome, "OUTCOME_APPROVED");
  expect("status", held.payment.status, "PAYMENT_STATUS_AUTHORIZED");
  expect("duplicate", held.duplicate, false);
  const payment = held.payment.id;

  step("The very same request again holds nothing more");
  const { result: again } = await processor.ask("Authorize", order);
  expect("duplicate", again.duplicate, true);
  expect("the same payment", again.payment.id === payment, true);

  step("10.00 USD of it are taken; the rest is released");
  const capture = { request_id: newRequestId(), payment_id: payment, amount: { amount: "10.00", currency: "USD" } };
  const { result: taken } = await processor.ask("Capture", capture);
  expect("outcome", taken.outcome, "OUTCOME_APPROVED");
  expect("status", taken.payment.status, "PAYMENT_STATUS_CAPTURED");
  expect("captured", spoken(taken.payment.captured), "10.00 USD");

  step("4.00 USD are given back");
  const { result: back, refund } = await processor.ask("Refund", {
    request_id: newRequestId(),
    payment_id: payment,
    amount: { amount: "4.00", currency: "USD" },
    reason: "REFUND_REASON_REQUESTED_BY_CUSTOMER",
  });
  expect("outcome", back.outcome, "OUTCOME_APPROVED");
  expect("refund", refund.status, "REFUND_STATUS_SUCCEEDED");
  expect("refunded", spoken(back.payment.refunded), "4.00 USD");
  expect("status", back.payment.status, "PAYMENT_STATUS_CAPTURED");

  step("A void is refused without asking Stripe");
  const noVoid = await refusalOf(processor, "Void", { request_id: newRequestId(), payment_id: payment });
  expect("code", noVoid.code, "UNIMPLEMENTED");
  expect("reason", noVoid.reason, "VOID_UNSUPPORTED");
  expect("Stripe was asked", noVoid.metadata["stripe_contacted"], "false");
  console.log(`    for the operator: ${noVoid.message}`);
  expect("there is a sentence for the payer", noVoid.payerMessage !== "", true);

  step("0.49 USD are less than the operator takes");
  const tooLittle = await refusalOf(processor, "Authorize", authorize("0.49"));
  expect("code", tooLittle.code, "FAILED_PRECONDITION");
  expect("reason", tooLittle.reason, "AMOUNT_BELOW_MINIMUM");
  expect("can be changed by", tooLittle.metadata["fix"], "payer");
  expect("Stripe was asked", tooLittle.metadata["stripe_contacted"], "false");
  expect("for the payer", tooLittle.payerMessage, "Your payment must be no less than 0.50 USD");

  step("A card without funds is declined, which is an answer and no error");
  const poor = authorize("12.50", "pm_card_visa_chargeDeclinedInsufficientFunds");
  const { result: declined } = await processor.ask("Authorize", poor);
  expect("outcome", declined.outcome, "OUTCOME_DECLINED");
  expect("status", declined.payment.status, "PAYMENT_STATUS_DECLINED");
  expect("code", declined.failure?.code, "INSUFFICIENT_FUNDS");
  expect("the bank's code", declined.failure?.decline_code, "insufficient_funds");
  expect("advice", declined.failure?.advice, "ADVICE_RETRY_LATER");
  console.log(`    for the payer: ${declined.failure?.payer_message}`);

  step("Somebody with a wrong token is not let in");
  const unknown = await refusalOf(stranger, "GetCapabilities", {});
  expect("code", unknown.code, "UNAUTHENTICATED");
  expect("reason", unknown.reason, "CALLER_UNKNOWN");
}

const { CAUSEWAY_ADAPTER: address, CAUSEWAY_TOKEN: token } = process.env;
if (!address || !token) {
  console.error("set CAUSEWAY_ADAPTER and CAUSEWAY_TOKEN");
  process.exit(2);
}
const processor = new Processor(address, token);
const stranger = new Processor(address, "not-the-token-of-anybody");
try {
  await play(processor, stranger);
  console.log("All answers were the expected ones.");
} catch (error) {
  if (error instanceof Refusal) {
    console.error(`    ${error.code} ${error.reason}: ${error.message}`);
  } else if (error instanceof Unexpected) {
    console.error(`    ${error.message}`);
  } else {
    console.error(error);
  }
  process.exitCode = 1;
} finally {
  processor.close();
  stranger.close();
}
