/** Loaded before everything else (`node --import`): the wall clock of this machine is off by SKEW_MS. */
const exact = Date.now.bind(Date);
Date.now = () => exact() + Number(process.env['SKEW_MS']);
