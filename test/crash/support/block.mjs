/** Loaded before everything else (`node --import`): on SIGUSR2 the event loop stands still for BLOCK_MS. */
process.on('SIGUSR2', () => {
  const until = performance.now() + Number(process.env['BLOCK_MS']);
  while (performance.now() < until);
});
