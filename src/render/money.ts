/** Amounts of money as people read them. */

/** `$10`, `$1.20`, `$1,000`; US cents. By hand: it stands in every answer, and `toLocaleString` takes seventy times as long. */
export function cents(amount: number): string {
  const usd = amount / 100;
  const [whole = '', part] = usd.toFixed(Number.isInteger(usd) ? 0 : 2).split('.');
  return `$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${part === undefined ? '' : `.${part}`}`;
}

/** `$1.24 of $10`; without a budget what was spent alone. */
export function spentOf(spentCents: number, limitCents: number | undefined): string {
  const spent = spentCents > 0 && spentCents < 1 ? 'under $0.01' : `$${(spentCents / 100).toFixed(2)}`;
  return limitCents === undefined ? spent : `${spent} of ${cents(limitCents)}`;
}
