/**
 * Properties draw the same cases in every run, so that a red run is red again. `FC_SEED` draws others: a number,
 * or `random`.
 */
import fc from 'fast-check';

const wanted = process.env['FC_SEED'];
if (wanted !== 'random')
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted ?? 1_790_000_000) });
