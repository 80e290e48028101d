// The adapter, for one caller: how calls are made, and how refusals are read.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import protobuf from "protobufjs";

import type { Answers, Event, Money, Name } from "./messages.js";

const PROCESSOR = "causeway.v1.Processor";
// From build/<script>/, where the compiled file is.
const CONTRACT = fileURLToPath(new URL("../../../../proto/causeway/v1/processor.proto", import.meta.url));

// The deadline of one call, in milliseconds. The adapter passes the deadline on, so
// that everybody down the way gives up before we do and an honest answer still arrives.
const PATIENCE = 30_000;
// How often one request is sent.
const TRIES = 5;
// Of a connection, in milliseconds. One that broke is tried again soon, and one that is
// silent while an answer is waited for is asked whether it is still there.
const CONNECTION = {
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2000,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5000,
};
// The code of a call that is cut without a status.
const CUT = ["CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN"];

// --- Codes that gRPC makes itself -------------------------------------------------------

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

// A gRPC error with its google.rpc details.
export class Refusal extends Error {
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

  // Whether a later try may succeed: no answer, or one that allows a retry.
  get passing(): boolean {
    const untold = Object.keys(this.metadata).length === 0;
    return this.code === "UNAVAILABLE" || (CUT.includes(this.code) && untold);
  }

  override toString(): string {
    return `${this.code} ${this.reason}: ${this.message}`;
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
export class Processor {
  private readonly metadata = new grpc.Metadata();

  constructor(private readonly client: grpc.Client, token: string) {
    this.metadata.set("authorization", `Bearer ${token}`);
  }

  // The same adapter, for another caller.
  asCaller(token: string): Processor {
    return new Processor(this.client, token);
  }

  // Sends a request once.
  once<N extends Name>(name: N, fields: object, patience = PATIENCE): Promise<Answers[N]> {
    const method = methods[name]!;
    const answer = (bytes: Buffer) => method.responseDeserialize(bytes) as Answers[N];
    return this.unary(method.path, method.requestSerialize, answer, fields, patience);
  }

  // The events, one after the other. The stream breaks with a Refusal, and that is normal: call
  // again with the last sequence that was handled.
  async *watch(after: number, untilCaughtUp = false): AsyncGenerator<Event> {
    const { path, requestSerialize, responseDeserialize } = methods["WatchEvents"]!;
    const answer = (bytes: Buffer) => responseDeserialize(bytes) as { event: Event };
    const request = { after, until_caught_up: untilCaughtUp };
    const stream = this.client.makeServerStreamRequest(path, requestSerialize, answer, request, this.metadata, {});
    try {
      for await (const { event } of stream as AsyncIterable<{ event: Event }>) {
        yield event;
      }
    } catch (error) {
      throw new Refusal(error as grpc.ServiceError);
    }
  }

  // Asks whether the adapter can work.
  health(): Promise<{ status: string }> {
    const type = standard.lookupType("HealthCheckRequest");
    const request = (fields: object) => Buffer.from(type.encode(type.fromObject(fields)).finish());
    const answer = (bytes: Buffer) => decoded<{ status: string }>("HealthCheckResponse", bytes);
    return this.unary("/grpc.health.v1.Health/Check", request, answer, { service: PROCESSOR }, PATIENCE);
  }

  // Sends a request until the outcome is known.
  //
  // After UNAVAILABLE or DEADLINE_EXCEEDED money may have moved. The
  // same request id is the only safe retry: the adapter returns the first answer, or
  // executes the request now. A new request id could charge a second time.
  async ask<N extends Name>(name: N, fields: object, patience = PATIENCE): Promise<Answers[N]> {
    let pause = 200;
    for (let attempt = 1; ; attempt++) {
      const last = attempt === TRIES;
      let wait = pause;
      try {
        const answer = await this.once(name, fields, patience);
        const unknown = "result" in answer && (answer.result as { outcome: string }).outcome === "OUTCOME_UNKNOWN";
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

// A new id for each attempt. Billing stores the id with the attempt before the call.
export function newRequestId(): string {
  return randomUUID();
}

export function spoken(money: Money | null): string {
  return money ? `${money.amount} ${money.currency}` : "nothing";
}

// A client of http://host:port, https://host:port or host:port.
export function clientOf(address: string): grpc.Client {
  const url = new URL(address.includes("://") ? address : `http://${address}`);
  const credentials = url.protocol === "https:" ? grpc.credentials.createSsl() : grpc.credentials.createInsecure();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return new grpc.Client(`${url.hostname}:${port}`, credentials, CONNECTION);
}
