// The one door to the service: requests, problems, jobs and their events. Who asks is decided here alone.
import { settings } from '../state/settings.svelte';
import type { FindingDocument, JobDocument } from './types';

export interface Problem {
  title: string; detail: string; status: number; code: string;
  remedy?: string | null; pointer?: string | null; findings?: FindingDocument[]; request_id?: string;
}

/** What the service refused, or that it was not there (`status` 0). */
export class Refused extends Error {
  constructor(readonly problem: Problem) { super(problem.detail || problem.title); }
  get status(): number { return this.problem.status; }
}

type Listener = () => void;
const listeners = { unauthorized: new Set<Listener>(), lost: new Set<Listener>(), found: new Set<Listener>() };
/** Calls back when the service says 401, cannot be reached, or is reached again. */
export function on(event: keyof typeof listeners, listener: Listener): void { listeners[event].add(listener); }

export interface Asked {
  body?: unknown; form?: FormData; bytes?: Blob; headers?: Record<string, string>; signal?: AbortSignal; accept?: string;
}
export interface Answer<T> { status: number; data: T; etag: string | null; response: Response }

async function send(method: string, path: string, asked: Asked): Promise<Response> {
  const headers: Record<string, string> = {
    accept: asked.accept ?? 'application/json', 'accept-language': settings.lang === 'zh' ? 'zh-CN' : 'en', ...asked.headers,
  };
  let body: BodyInit | undefined;
  if (asked.form) body = asked.form;
  else if (asked.bytes) body = asked.bytes;
  else if (asked.body !== undefined) { body = JSON.stringify(asked.body); headers['content-type'] = 'application/json'; }
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, body, signal: asked.signal, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    listeners.lost.forEach((each) => { each(); });
    throw new Refused({ title: '', detail: '', status: 0, code: 'unreachable' });
  }
  listeners.found.forEach((each) => { each(); });
  if (response.ok) return response;
  if (response.status === 401 && !(method === 'POST' && path === '/sessions')) listeners.unauthorized.forEach((each) => { each(); });
  const text = await response.text();
  let problem: Problem;
  try { problem = JSON.parse(text) as Problem; } catch { problem = { title: response.statusText, detail: '', status: response.status, code: 'unknown' }; }
  throw new Refused({ ...problem, status: response.status });
}

/** Asks for JSON. */
export async function ask<T>(method: string, path: string, asked: Asked = {}): Promise<Answer<T>> {
  const response = await send(method, path, asked);
  const data = (response.status === 204 ? undefined : await response.json()) as T;
  return { status: response.status, data, etag: response.headers.get('etag'), response };
}
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> { return (await ask<T>('GET', path, { signal })).data; }

/** Asks for a file. */
export async function file(method: string, path: string, asked: Asked = {}): Promise<{ blob: Blob; name: string | null }> {
  const response = await send(method, path, { accept: '*/*', ...asked });
  const said = response.headers.get('content-disposition') ?? '';
  const wide = /filename\*=UTF-8''([^;]+)/i.exec(said)?.[1];
  const name = wide ? decodeURIComponent(wide) : (/filename="?([^";]+)/i.exec(said)?.[1] ?? null);
  return { blob: await response.blob(), name };
}
export async function text(path: string, signal?: AbortSignal): Promise<string> {
  return (await send('GET', path, { accept: '*/*', signal })).text();
}

/** All parts of a list, up to a bound. */
export async function list<T>(path: string, most = 500): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const join = path.includes('?') ? '&' : '?';
    const part: { items: T[]; next?: string | null } = await get(`${path}${join}limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    items.push(...part.items);
    cursor = part.next ?? null;
  } while (cursor && items.length < most);
  return items;
}

export interface Progress { done: number; total: number; phase: string }
export interface Following { signal?: AbortSignal; job?: (job: JobDocument) => void; progress?: (progress: Progress) => void; wait?: boolean; method?: 'GET' | 'POST' }

/** Asks a question; an answer that takes longer becomes a job, which is followed to its end. */
export async function question<T>(path: string, body: unknown, how: Following = {}): Promise<T> {
  const headers = how.wait === false ? { prefer: 'respond-async' } : undefined;
  const answer = await ask<T | JobDocument>(how.method ?? 'POST', path, { body, headers, signal: how.signal });
  if (answer.status !== 202) return answer.data as T;
  const job = answer.data as JobDocument;
  how.job?.(job);
  return follow<T>(job.id, how);
}

/** Follows a job to its end and reads its result. The stream is taken up where it broke. */
export async function follow<T>(id: string, how: Following = {}): Promise<T> {
  let last = '';
  for (let tries = 0; ; tries += 1) {
    try {
      const response = await send('GET', `/jobs/${id}/events`, {
        accept: 'text/event-stream', signal: how.signal, headers: last ? { 'last-event-id': last } : {},
      });
      for await (const event of events(response)) {
        if (event.id) last = event.id;
        if (event.event === 'progress') how.progress?.(JSON.parse(event.data) as Progress);
      }
    } catch (error) {
      if (how.signal?.aborted || (error instanceof Refused && error.status !== 0 && error.status < 500)) throw error;
    }
    const job = await get<JobDocument>(`/jobs/${id}`, how.signal).catch((error: unknown) => {
      if (error instanceof Refused && (error.status === 0 || error.status >= 500)) return null;
      throw error;
    });
    if (job && !['queued', 'running'].includes(job.state)) {
      if (job.state === 'done') return get<T>(`/jobs/${id}/result`, how.signal);
      const result = job.state === 'failed' ? await get<T>(`/jobs/${id}/result`, how.signal) : null;
      if (result) return result;
      throw new Refused({ title: '', detail: '', status: 0, code: job.state });
    }
    await new Promise((done) => setTimeout(done, Math.min(5000, 500 * (tries + 1))));
  }
}

interface Event { id: string; event: string; data: string }
async function* events(response: Response): AsyncGenerator<Event> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event: Event = { id: '', event: 'message', data: '' };
      for (const line of block.split(/\r?\n/)) {
        const at = line.indexOf(':');
        const name = line.slice(0, at);
        const content = line.slice(at + 1).replace(/^ /, '');
        if (name === 'id' || name === 'event') event[name] = content;
        else if (name === 'data') event.data += content;
      }
      yield event;
    }
  }
}

export async function cancel(id: string): Promise<void> { await ask('DELETE', `/jobs/${id}`); }
