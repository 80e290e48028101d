// How stories are told: each is one line, and all are told even if one fails.

import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";

export const stories = [];
let wrong = [];

// A story cannot go on.
export class Unexpected extends Error {}

// Keeps a story. It is given a stage of its own.
export function story(title, play) {
  stories.push({ title, play, file: where() });
}

function where(error = new Error()) {
  for (const line of (error.stack ?? "").split("\n").slice(1)) {
    const [, path, number] = /(file:[^):]+|\/[^):]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path && !line.includes("node:") && !path.endsWith("telling.mjs") && !path.includes("node_modules")) {
      return `${basename(path)}:${number}`;
    }
  }
  return "?";
}

const spoken = (value) => JSON.stringify(value) ?? String(value);

// What came over the wire, without what the SDK hung on it.
export function plain(value) {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

// Notes what is not as expected, and lets the story go on.
export function expect(what, seen, expected) {
  const same = isDeepStrictEqual(plain(seen), plain(expected));
  if (!same) {
    wrong.push(`${where()} ${what}: ${spoken(seen)}, and ${spoken(expected)} was expected`);
  }
  return same;
}

// Notes a condition that does not hold, and lets the story go on.
export function expectThat(what, holds, seen) {
  if (!holds) {
    wrong.push(`${where()} ${what}: not so${seen === undefined ? "" : `, but ${spoken(seen)}`}`);
  }
  return Boolean(holds);
}

export function expectOneOf(what, seen, words) {
  return expectThat(`${what} is one of ${words.join(", ")}`, words.includes(seen), seen);
}

// The exception of exactly this class that a call has to end with. Ends the story without one.
//
// What is named besides is compared with the exception's fields of the same names.
export async function refused(kind, call, expected = {}) {
  const at = where();
  let answer;
  try {
    answer = await call();
  } catch (error) {
    if (error?.constructor !== kind) {
      wrong.push(`${at} raised ${error?.constructor?.name}: ${error?.message}, and ${kind.name} was expected`);
    }
    for (const [name, value] of Object.entries(expected)) {
      if (!isDeepStrictEqual(error[name], value)) {
        wrong.push(`${at} ${name}: ${spoken(error[name])}, and ${spoken(value)} was expected`);
      }
    }
    return error;
  }
  throw new Unexpected(`${at} was answered with ${spoken(answer)?.slice(0, 200)}, and ${kind.name} was expected`);
}

// The first answer of a probe that is not false. Ends the story if there is none in time.
export async function eventually(what, probe, seconds = 10) {
  const at = where();
  for (const end = Date.now() + seconds * 1000; ; ) {
    const seen = await probe();
    if (seen) {
      return seen;
    }
    if (Date.now() > end) {
      throw new Unexpected(`${at} ${what} did not happen within ${seconds} s`);
    }
    await pause(0.02);
  }
}

export function pause(seconds) {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}

// Tells stories, and returns how many failed.
export async function tell(told, stageFor) {
  let failed = 0;
  for (const { title, play } of told) {
    wrong = [];
    const stage = stageFor();
    try {
      await play(stage);
    } catch (error) {
      const at = error instanceof Unexpected ? "" : `${where(error)} ${error.name}: `;
      wrong.push(`${at}${error.message}`);
    } finally {
      await stage.close();
    }
    wrong = wrong.map((one) => one.replace(/\s+/g, " ").trim());
    console.log(`${wrong.length ? "FAIL" : "ok  "} ${title}${wrong.length ? `: ${wrong[0]}` : ""}`);
    wrong.slice(1).forEach((more) => console.error(`       ${more}`));
    failed += wrong.length ? 1 : 0;
  }
  return failed;
}
