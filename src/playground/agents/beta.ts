/** The beta header's value for everything Managed Agents. */
export const BETA = 'managed-agents-2026-04-01';
