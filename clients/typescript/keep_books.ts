// Books that are kept from events alone: the captured, refunded and charged back amounts.
//
//   CAUSEWAY_ADAPTER   http://host:port, https://host:port or host:port
//   CAUSEWAY_TOKEN     a caller's token with the right read
//   BOOKS              the file with the books; a missing file is created
//   CATCH_UP           1: ends after the last stored event. Otherwise the program continues with
//                      new events, until SIGTERM or SIGINT
//
// The program can be killed at any moment, and continues with the next event after a restart.
//
// Exit code: 0 stopped by a signal, or caught up, 1 the books cannot be read or written,
// 2 an environment variable is missing, 3 the call was refused, 4 the events are not as the contract has them.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import type { Event, Money, Payment } from "./messages.js";
import { clientOf, Processor, Refusal, spoken } from "./processor.js";

// The pause before the next connection to the adapter, in milliseconds; the pause doubles each time.
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2000;

// The amounts that are added up, by their names in a payment.
interface Sums {
  captured: string;
  refunded: string;
  charged_back: string;
}

interface Entry extends Sums {
  status: string;
  currency: string;
  events: string[];
}

interface Books {
  after: number;
  seen: number;
  kinds: Record<string, number>;
  totals: Record<string, Sums>;
  payments: Record<string, Entry>;
  ids: Record<string, number>;
}

// The events are not as the contract has them. The books end here.
class Mistake extends Error {}

// --- Amounts ------------------------------------------------------------------------
// Amounts have the decimals of the currency, and are added as whole numbers of the
// smallest coin. A float would be wrong by a cent some day.

function decimals(amount: string): number {
  return amount.split(".")[1]?.length ?? 0;
}

function inCoins(amount: string): bigint {
  return BigInt(amount.replace(".", ""));
}

function inDecimals(coins: bigint, places: number): string {
  const digits = String(coins).padStart(places + 1, "0");
  return places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
}

function plus(one: string, other: string): string {
  if (decimals(one) !== decimals(other)) {
    throw new Mistake(`${one} and ${other} are of one currency and have different decimals`);
  }
  return inDecimals(inCoins(one) + inCoins(other), decimals(one));
}

// --- The books ----------------------------------------------------------------------

function load(path: string): Books {
  if (existsSync(path)) {
    return JSON.parse(readFileSync(path, "utf8")) as Books;
  }
  return { after: 0, seen: 0, kinds: {}, totals: {}, payments: {}, ids: {} };
}

// Whoever reads finds the old books or the new ones, and never half of them.
function save(books: Books, path: string): void {
  writeFileSync(`${path}.new`, JSON.stringify(books, null, 2), { flush: true });
  renameSync(`${path}.new`, path);
}

// Enters an event; false for an event that was entered before.
//
// The change by the event and its sequence are saved together. Events are
// delivered at least once, and each event counts once here.
function enter(books: Books, event: Event): boolean {
  const sequence = Number(event.sequence);
  const knownAs = books.ids[event.id] ?? sequence;
  if (knownAs !== sequence) {
    throw new Mistake(`event ${sequence} has the id of event ${knownAs}, ${event.id}`);
  }
  if (sequence <= books.after) {
    return false;
  }
  if (sequence !== books.after + 1) {
    throw new Mistake(`event ${sequence} follows event ${books.after}`);
  }

  const { kind, payment } = event;
  // A kind that this contract has no name for is a number. It is counted, and has no
  // other effect.
  if (typeof kind === "string" && payment) {
    const before = books.payments[payment.id] ?? { events: [] };
    books.payments[payment.id] = entry(payment, [...before.events, kind]);
    books.totals = totals(Object.values(books.payments));
  }
  books.kinds[kind] = (books.kinds[kind] ?? 0) + 1;
  books.ids[event.id] = sequence;
  books.seen += 1;
  books.after = sequence;
  return true;
}

// The state of a payment at the last event, which replaces the earlier state.
function entry(payment: Payment, events: string[]): Entry {
  const nothing = inDecimals(0n, decimals(payment.amount.amount));
  const sum = (money: Money | null) => plus(nothing, money?.amount ?? nothing);
  return {
    status: String(payment.status),
    currency: payment.amount.currency,
    captured: sum(payment.captured),
    refunded: sum(payment.refunded),
    charged_back: sum(payment.charged_back),
    events,
  };
}

function totals(payments: Entry[]): Record<string, Sums> {
  const found: Record<string, Sums> = {};
  for (const { currency, captured, refunded, charged_back } of payments) {
    const of = found[currency];
    found[currency] = {
      captured: of ? plus(of.captured, captured) : captured,
      refunded: of ? plus(of.refunded, refunded) : refunded,
      charged_back: of ? plus(of.charged_back, charged_back) : charged_back,
    };
  }
  return found;
}

// 12 PAYMENT_CAPTURED 01997b1c… 12.50 USD (webhook)
function line(event: Event): string {
  const { payment, refund, dispute, card } = event;
  const words = [event.sequence, String(event.kind).replace("EVENT_KIND_", "")];
  const about = payment?.id ?? card?.token;
  if (about) {
    words.push(`${about.slice(0, 8)}…`);
  }
  const money = refund?.amount ?? dispute?.amount ?? payment?.captured ?? payment?.amount;
  if (money) {
    words.push(spoken(money));
  }
  const source = String(event.source).replace("EVENT_SOURCE_", "").toLowerCase();
  return [...words, `(${source})`].join(" ");
}

// --- How the books are kept ---------------------------------------------------------

// One stream after the other, each going on where the books are.
async function keep(processor: Processor, path: string, catchUp: boolean): Promise<void> {
  const books = load(path);
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    let why = "the stream ended";
    try {
      for await (const event of processor.watch(books.after, catchUp)) {
        if (enter(books, event)) {
          save(books, path);
          console.log(line(event));
          pause = FIRST_PAUSE;
        }
      }
      if (catchUp) {
        return;
      }
    } catch (error) {
      if (!(error instanceof Refusal && error.passing)) {
        throw error;
      }
      why = String(error);
    }
    console.error(`${why}; going on after event ${books.after} in ${pause} ms`);
    await sleep(pause);
  }
}

async function main(): Promise<number> {
  // The process may end at any moment, because the books are always complete.
  for (const stop of ["SIGTERM", "SIGINT"]) {
    process.on(stop, () => process.exit(0));
  }
  const { CAUSEWAY_ADAPTER: address, CAUSEWAY_TOKEN: token, BOOKS: path, CATCH_UP: catchUp } = process.env;
  if (!address || !token || !path) {
    console.error("set CAUSEWAY_ADAPTER, CAUSEWAY_TOKEN and BOOKS");
    return 2;
  }
  try {
    await keep(new Processor(clientOf(address), token), path, catchUp === "1");
  } catch (error) {
    if (error instanceof Refusal) {
      console.error(String(error));
      return 3;
    }
    if (error instanceof Mistake) {
      console.error(error.message);
      return 4;
    }
    throw error;
  }
  return 0;
}

process.exit(await main());
