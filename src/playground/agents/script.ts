/**
 * What the scripted agent does: a pure function from the newest user message to steps. The first keyword that
 * stands as a word in the message decides; without any, it is a short friendly answer.
 */
import type { Heard } from './message.ts';
import { scenes, type Scene, type SceneGroup } from './script-scenes.ts';
import { friendly, outcomeTurn, quote, who } from './script-plain.ts';
import { request } from './scripts.ts';
import type { Op } from './types.ts';

export interface Keyword {
  readonly word: string;
  readonly what: string;
  readonly group: SceneGroup;
}

/** For the page and for `help`: every word the scripted agent listens for. */
export const keywords: readonly Keyword[] = scenes.map(({ word, what, group }) => ({ word, what, group }));

/**
 * The steps of a turn that takes `messages` (oldest first). Earlier ones are acknowledged, the newest decides.
 */
export function answer(messages: readonly Heard[]): Op[] {
  const newest = messages.at(-1);
  if (!newest) return [{ op: 'idle' }];
  const before = messages.slice(0, -1).flatMap((message) => noted(message));
  return [...before, ...(perform(newest) ?? friendly(newest)), { op: 'idle' }];
}

/** The steps inserted when a message arrives during a turn. */
export function steer(message: Heard): Op[] {
  const scene = sceneOf(message);
  const words = `Understood, ${who(message)}: ${quote(message.text)} I take that into account from here on.`;
  // Scenes that end the turn would swallow the rest of the running one.
  return [...request(words), ...(scene && !scene.ends ? scene.steps(message, keywords) : [])];
}

/** The steps that work towards an outcome. */
export function pursue(description: string): Op[] {
  return [...outcomeTurn(description), { op: 'idle' }];
}

function perform(message: Heard): Op[] | null {
  return sceneOf(message)?.steps(message, keywords) ?? null;
}

function noted(message: Heard): Op[] {
  return request(`Noted, ${who(message)}: ${quote(message.text)}`);
}

function sceneOf(message: Heard): Scene | undefined {
  return scenes.find((scene) => scene.pattern.test(message.text));
}
