// A judge of lab results in JavaScript, small enough to read, held to the golden vectors:
//
//   rlslabs markers --json > markers.json
//   rlslabs conformance --field status --field hl7 -- node conformance.mjs markers.json
//
// It does the kinds of question that KINDS names; of every other it says so, and that is counted apart.
//
// It takes its limits from the catalog, converts them exactly with whole numbers, and knows nothing else of rlslabs.
import { readFileSync } from "node:fs";

const MARKERS = new Map(JSON.parse(readFileSync(process.argv[2], "utf8")).map((marker) => [marker.id, marker]));
const DEFAULT_SETS = { standard: "general", optimal: "healers-rls-protocol" };
const SIZES = {
  "ng/mL": 10n ** 6n, "ug/L": 10n ** 6n, "ug/dL": 10n ** 5n, "pg/mL": 10n ** 9n, "ng/L": 10n ** 9n,
  "pmol/L": 10n ** 12n, "nmol/L": 10n ** 9n, "umol/L": 10n ** 6n, "%": 100n, "1": 1n,
}; // how many of a unit are one g/L, mol/L or 1
const TICKS = { a: 5844, mo: 487, wk: 112, d: 16 }; // sixteenths of a day
const KINDS = ["limit", "comparator"];
const ENDLESS = 1_000_000;

const fraction = (text) => {
  const [, digits, decimals = "", exponent = "0"] = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(String(text));
  const power = BigInt(exponent) - BigInt(decimals.length);
  const whole = BigInt(digits + decimals);
  return power < 0n ? [whole, 10n ** -power] : [whole * 10n ** power, 1n];
};
const less = (one, two) => one[0] * two[1] < two[0] * one[1];
const same = (one, two) => !less(one, two) && !less(two, one);

// A limit is converted once and rounded once, to twelve significant digits, half to even.
const rounded = ([top, bottom]) => {
  if (top === 0n) return [0n, 1n];
  let up = 1n, down = 1n;
  while (top * up < 10n ** 11n * bottom) up *= 10n;
  while (top * up >= 10n ** 12n * bottom * down) down *= 10n;
  const [dividend, divisor] = [top * up, bottom * down];
  let quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient += 1n;
  return [quotient * down, up];
};
const converted = (bound, from, to, marker) => {
  if (!bound) return null;
  let [top, bottom] = fraction(bound.value);
  [top, bottom] = [top * SIZES[to], bottom * SIZES[from]];
  if (from.includes("mol") !== to.includes("mol")) {
    const [grams, per] = fraction(marker.molar_mass.value);
    [top, bottom] = to.includes("mol") ? [top * per, bottom * grams] : [top * grams, bottom * per];
  }
  return { at: rounded([top, bottom]), out: !bound.inclusive };
};

const ageSpan = (age) => {
  const [count, unit] = typeof age === "number" ? [age, "a"] : [Number(age.split(" ")[0]), age.split(" ")[1]];
  return [count * TICKS[unit], (count + 1) * TICKS[unit]];
};
const bandSpan = (band) => {
  if (!band) return [0, ENDLESS];
  const from = /^>=(\d+) (\w+)$/.exec(band);
  if (from) return [from[1] * TICKS[from[2]], ENDLESS];
  const [, low, lowUnit, high, unit] = /^(\d+)(?: (\w+))?-(\d+) (\w+)$/.exec(band);
  return [low * TICKS[lowUnit ?? unit], (Number(high) + 1) * TICKS[unit]];
};

// "<5" is every value from 0 up to 5, without 5 itself.
const reading = (text) => {
  const [, comparator, number] = /^([<>]=?)?(.*)$/.exec(text);
  const at = fraction(number);
  if (!comparator) return { low: at, high: at, comparator };
  return comparator.startsWith("<")
    ? { low: [0n, 1n], high: at, highOut: comparator === "<", comparator }
    : { low: at, high: null, lowOut: comparator === ">", comparator };
};
const positions = (value, low, high) => {
  const found = [];
  const exact = value.high && same(value.low, value.high);
  if (low && (less(value.low, low.at) || (low.out && same(value.low, low.at) && !value.lowOut))) found.push("below");
  const above = high && (!value.high || less(high.at, value.high) ||
    (high.out && same(high.at, value.high) && !value.highOut));
  const missesLow = low && value.high && (less(value.high, low.at) ||
    ((low.out || value.highOut) && same(value.high, low.at)));
  const missesHigh = high && (less(high.at, value.low) || ((high.out || value.lowOut) && same(value.low, high.at)));
  if (exact ? !found.length && !above : !missesLow && !missesHigh) found.push("within");
  if (above) found.push("above");
  return found;
};

const place = (kind, question, marker, value, unit) => {
  const set = question[kind] ?? DEFAULT_SETS[kind];
  const [start, end] = ageSpan(question.patient.age);
  const meant = marker.range.filter((range) => {
    const [from, to] = bandSpan(range.applies_to.age);
    const sex = range.applies_to.sex;
    return range.sets.includes(set) && !range.applies_to.pregnant && (!sex || sex === question.patient.sex) &&
      from < end && start < to;
  });
  const found = new Set(meant.flatMap((range) =>
    positions(value, ...["low", "high"].map((side) => converted(range[side], range.unit, unit, marker)))));
  let reached = start;
  for (const [from, to] of meant.map((range) => bandSpan(range.applies_to.age)).sort((a, b) => a[0] - b[0])) {
    if (from <= reached) reached = Math.max(reached, to);
  }
  if (reached < end) found.add("no-range");
  return found.size === 1 ? [...found][0] : "undecided";
};

const answer = (question) => {
  const [result] = question.results;
  const marker = MARKERS.get(result.marker);
  const value = reading(result.value);
  const [standard, optimal] = ["standard", "optimal"].map((kind) => place(kind, question, marker, value, result.unit));
  const { hard } = marker.plausible;
  const possible = positions(value, ...["low", "high"].map((side) =>
    converted(hard[side], marker.plausible.unit, result.unit, marker)));
  if (!possible.includes("within")) return { refused: "implausible-value" };
  const outside = { below: "low", above: "high", undecided: "undecided", "no-range": "no-range" };
  const inside = { ...outside, below: "below-optimal", within: "optimal", above: "above-optimal" };
  const codes = { below: ["L"], within: ["N"], above: ["H"] }[standard] ?? [];
  const offScale = ["<", ">"].includes(value.comparator) ? [value.comparator] : [];
  return { status: standard === "within" ? inside[optimal] : outside[standard], hl7: [...codes, ...offScale] };
};

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { id, kind, input } = JSON.parse(line);
  console.log(JSON.stringify({ id, answer: KINDS.includes(kind) ? answer(input) : { not_done: kind } }));
}
