/** The page's requests to the Slack server (`/__page/`) and to the playground's parent (`/__parent/`). */
import type { ParentAnswer, ParentState } from '../parent-api.ts';
import type {
  HistoryPage,
  PageActions,
  PageAnswer,
  PageState,
  PageWireCall,
  UploadAnswer,
} from '../../slack/page-api.ts';

/** Longest wait for an answer, milliseconds; what takes longer is shown as failed and can be tried again. */
const TIMEOUT = 15_000;

export interface Api {
  state(user: string | null): Promise<PageState>;
  history(user: string, channel: string, latest: string | null): Promise<HistoryPage>;
  thread(user: string, channel: string, threadTs: string): Promise<HistoryPage>;
  calls(): Promise<{ calls: PageWireCall[] }>;
  act<K extends keyof PageActions>(user: string, action: K, body: PageActions[K]): Promise<PageAnswer>;
  /** `onSent`: bytes sent so far, as they go. */
  upload(user: string, file: File, onSent?: (bytes: number) => void): Promise<UploadAnswer>;
  parent(): Promise<ParentState>;
  parentAct(action: 'kill' | 'restart'): Promise<ParentAnswer>;
}

/** What a request ends with that got no usable answer: `message` is for people. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT) });
  } catch {
    throw new RequestFailed('The playground did not answer. Is it still running?');
  }
  try {
    return (await response.json()) as T;
  } catch {
    throw new RequestFailed(`The playground answered ${response.status} without a reason.`);
  }
}

function read<T>(path: string, params: Readonly<Record<string, string | null>>): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== null) query.set(name, value);
  return request<T>(`${path}?${query.toString()}`, { method: 'GET' }).then(refuseErrors);
}

/** A refused read has no data to show; its code is the reason. */
function refuseErrors<T>(answer: T): T {
  const { ok, error } = answer as { ok?: unknown; error?: unknown };
  if (ok === false) throw new RequestFailed(typeof error === 'string' ? error : 'refused');
  return answer;
}

function write<T>(path: string, body: unknown): Promise<T> {
  return request<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** `fetch` tells nothing of what is under way. No time limit: what moves is shown, and can be removed. */
function upload(user: string, file: File, onSent?: (bytes: number) => void): Promise<UploadAnswer> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', `/__page/upload?${new URLSearchParams({ user, name: file.name }).toString()}`);
    call.setRequestHeader('content-type', file.type === '' ? 'application/octet-stream' : file.type);
    call.responseType = 'json';
    call.upload.addEventListener('progress', (event) => onSent?.(event.loaded));
    call.addEventListener('load', () => {
      const answer: unknown = call.response;
      if (typeof answer === 'object' && answer !== null) resolve(answer as UploadAnswer);
      else reject(new RequestFailed(`The playground answered ${call.status} without a reason.`));
    });
    call.addEventListener('error', () =>
      reject(new RequestFailed('The playground did not answer. Is it still running?')),
    );
    call.send(file);
  });
}

export function createApi(): Api {
  return {
    state: (user) => read('/__page/state', { user }),
    history: (user, channel, latest) => read('/__page/history', { user, channel, latest, limit: '60' }),
    thread: (user, channel, threadTs) =>
      read('/__page/thread', { user, channel, thread_ts: threadTs, limit: '1000' }),
    calls: () => read('/__page/calls', {}),
    act: (user, action, body) => write(`/__page/${action}`, { ...body, user }),
    upload,
    parent: () => read('/__parent/state', {}),
    parentAct: (action) => write(`/__parent/${action}`, {}),
  };
}
