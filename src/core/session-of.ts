/** What a session is made of, as the settings of its thread say it: decided once, kept, and looked for by it. Pure. */
import { threadKey, type ThreadRef } from './event.ts';
import { fnv1a } from './fnv.ts';
import type { Settings } from './settings.ts';

/** Plain JSON. What is absent is not said: the agent's own holds, or nothing. */
export interface SessionOf extends Pick<Settings, 'agent' | 'environment' | 'model'> {
  /** An agent with a version (`coder@8`), which holds in place of another version of the same agent. */
  readonly trial?: string;
  /** Vaults (`vlt_…`), memory stores (`memstore_…:read_write`), repositories (`owner/name@branch`). */
  readonly vaults?: readonly string[];
  readonly memoryStores?: readonly string[];
  readonly repositories?: readonly string[];
}

export function sessionOf(settings: Settings, thread: ThreadRef): SessionOf {
  const { agent, percent } = settings.trial;
  return sessionGiven(settings, isInShare(`${threadKey(thread)} ${agent}`, percent));
}

/** @param onTrial whether the trial counts */
export function sessionGiven(settings: Settings, onTrial: boolean): SessionOf {
  const { agent, environment, model, trial, vaults, memoryStores, repositories } = settings;
  return {
    agent,
    environment,
    model,
    ...(onTrial && trial.agent !== '' ? { trial: trial.agent } : {}),
    ...(vaults.length > 0 ? { vaults } : {}),
    ...(memoryStores.length > 0 ? { memoryStores } : {}),
    ...(repositories.length > 0 ? { repositories } : {}),
  };
}

/**
 * Whether this one is among so many of a hundred: always the same ones, so that a thread's later sessions are made as
 * its first was; another trial draws anew.
 */
export function isInShare(name: string, percent: number): boolean {
  // The last step spreads names that differ in their last letters only (the mixing of MurmurHash3).
  let value = fnv1a(name);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b) >>> 0;
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35) >>> 0;
  return ((value ^ (value >>> 16)) >>> 0) % 10_000 < percent * 100;
}

/** An agent, by name or id, with a version. */
export function readTrial(text: string): { readonly agent: string; readonly version: number } | undefined {
  const [, agent, version] = /^([A-Za-z][A-Za-z0-9_-]{0,110})@([1-9]\d{0,8})$/.exec(text) ?? [];
  return agent === undefined ? undefined : { agent, version: Number(version) };
}

/** A memory store, and whether the agent may write to it. */
export function readMemoryStore(
  text: string,
): { readonly id: string; readonly access: 'read_only' | 'read_write' } | undefined {
  const [, id, access = 'read_only'] =
    /^(memstore_[A-Za-z0-9_-]{1,100})(?::(read_only|read_write))?$/.exec(text) ?? [];
  return id === undefined ? undefined : { id, access: access === 'read_write' ? access : 'read_only' };
}

/** A repository on GitHub, at its default branch where nothing else is said. */
export function readRepository(
  text: string,
): { readonly owner: string; readonly name: string; readonly at?: string } | undefined {
  const address = text.replace(/^https:\/\/github\.com\//, '').replace(/\.git$/, '');
  const [, owner, name, at] =
    /^([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))\/([A-Za-z0-9._-]{1,100})(?:@([A-Za-z0-9._/-]{1,200}))?$/.exec(
      address,
    ) ?? [];
  if (owner === undefined || name === undefined || /^\.{1,2}$/.test(name)) return undefined;
  return { owner, name, ...(at === undefined ? {} : { at }) };
}
