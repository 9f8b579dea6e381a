/** What a session costs: list prices a million tokens, in the order of the public price list. */
import type { Budget, Usage } from './types.ts';

interface Price {
  readonly input: number;
  readonly output: number;
}

function priceOf(model: string): Price {
  if (model.includes('haiku')) return { input: 1, output: 5 };
  if (model.includes('sonnet')) return { input: 3, output: 15 };
  return { input: 5, output: 25 };
}

/** Dollars an hour of running, in millionths a millisecond. */
const RUNTIME_MICROS_PER_MS = 80_000 / 3_600_000;

export interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
}

/** Adds one model request to the usage. */
export function charge(usage: Usage, model: string, tokens: Tokens): void {
  const price = priceOf(model);
  usage.input += tokens.input;
  usage.output += tokens.output;
  usage.cacheRead += tokens.cacheRead;
  usage.costMicros +=
    tokens.input * price.input + tokens.output * price.output + tokens.cacheRead * price.input * 0.1;
}

export function chargeRuntime(usage: Usage, ms: number): void {
  usage.costMicros += ms * RUNTIME_MICROS_PER_MS;
}

/** Output tokens that cost `spend` US cents, or use up what the budget leaves (none where there is no budget). */
export function tokensToSpend(
  usage: Usage,
  budget: Budget | null,
  model: string,
  spend: 'rest' | number,
): number {
  const rest = budget === null ? 0 : limitMicros(budget) - usage.costMicros;
  const micros = spend === 'rest' ? rest : spend * 10_000;
  return Math.max(0, Math.ceil(micros / priceOf(model).output));
}

export function limitMicros(budget: Budget): number {
  return Number(budget.max_list_cost.amount) * 10_000;
}

export function reached(usage: Usage, budget: Budget | null): boolean {
  return budget !== null && usage.costMicros >= limitMicros(budget);
}

/** Money on the wire: whole cents as a string. */
export function listCost(usage: Usage): { amount: string; currency: string } {
  return { amount: String(Math.round(usage.costMicros / 10_000)), currency: 'USD' };
}
