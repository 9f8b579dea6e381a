/** Amounts of money as people read them. */

/** `$10`, `$1.20`; US cents. */
export function cents(amount: number): string {
  const usd = amount / 100;
  const digits = Number.isInteger(usd) ? 0 : 2;
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: 2 })}`;
}

/** `$1.24 of $10`; without a budget what was spent alone. */
export function spentOf(spentCents: number, limitCents: number | undefined): string {
  const spent = spentCents > 0 && spentCents < 1 ? 'under $0.01' : `$${(spentCents / 100).toFixed(2)}`;
  return limitCents === undefined ? spent : `${spent} of ${cents(limitCents)}`;
}
