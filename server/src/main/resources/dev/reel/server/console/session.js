// One session: its conversation, its events and its timeline, now or as of a version.

import { Actions } from './actions.js';
import { Api, Problem } from './api.js';
import { Conversation } from './conversation.js';
import { button, copyButton, el, say, throttled } from './dom.js';
import { Events } from './events.js';
import { ENDING, Rows, difference, redoable } from './fold.js';
import { MARKED, Timeline } from './timeline.js';
import { count, number, preview } from './text.js';

/** How many messages of a long session are read at first, and at most when the page reads the session again. */
const FIRST = 80;
const AGAIN = 2000;
/**
 * A session with more events than this is compared with another version only on request: a comparison makes the server
 * compute two states, and reads all messages that differ.
 */
const LONG = 10_000;
/**
 * While a session is being written, the messages and the place are read up to this many times, until both are of the
 * same moment.
 */
const ATTEMPTS = 5;

export class SessionView {
  constructor(api, status, router, id) {
    this.api = api;
    this.status = status;
    this.router = router;
    this.id = id;
    this.version = null;
    this.base = null;
    this.liveFrom = null;
    this.later = throttled(250, () => this.reload());
    this.unsure = [];
    this.verifyLater = throttled(250, () => this.verify());
    this.conversation = new Conversation(api, id);
    this.events = new Events(api, id, (version) => this.router.go(id, version));
    this.timeline = new Timeline((version) => this.onVersion(version));
    this.actions = new Actions(api, id, {
      rows: () => this.shown ?? this.rows,
      shown: () => this.version,
      now: () => this.router.go(id),
      tell: (text) => this.tell(text, button('Close', () => this.tell(null), { class: 'quiet' })),
      went: (fork) => this.router.go(fork),
    });
    this.build();
  }

  build() {
    this.title = el('h2', { dir: 'auto', tabindex: -1 }, this.id);
    this.facts = el('p', { class: 'facts' });
    this.notice = el('div', { class: 'notice', role: 'alert', hidden: true });
    this.asOf = el('div', { class: 'as-of', role: 'status', hidden: true });
    const act = (text, call, props = {}) => button(text, () => call().catch((error) => this.problem(error)), props);
    this.buttons = {
      checkpoint: act('Checkpoint', () => this.actions.checkpoint()),
      rewind: act('Rewind…', () => this.actions.rewind(null)),
      undo: act('Undo', () => this.actions.undo()),
      redo: act('Redo', () => this.actions.redo()),
      fork: act('Fork…', () => this.actions.fork(null)),
    };
    this.tabs = el('div', { class: 'tabs', role: 'group', 'aria-label': 'Part of the session' },
        ...['conversation', 'events'].map((part) => button(part === 'events' ? 'Events' : 'Conversation', () => this.showPart(part), { 'data-part': part })));
    this.parts = el('div', { class: 'parts' }, this.conversation.node, this.events.node);
    this.node = el('div', { class: 'session-view' },
        el('header', { class: 'session-head' },
            el('a', { class: 'back', href: '#/', 'aria-label': 'Sessions' }, '←'),
            el('div', { class: 'heading' }, this.title, this.facts),
            el('div', { class: 'actions', role: 'group', 'aria-label': 'Change the session' }, ...Object.values(this.buttons),
                el('span', { class: 'gap' }), act('Export', () => this.export(), { class: 'quiet' }), copyButton('Copy link', () => location.href))),
        this.notice, this.timeline.node, this.asOf, this.tabs, this.parts);
    this.showPart('conversation');
    this.enable(false);
    this.conversation.content.prepend(this.loading = el('p', { class: 'empty', role: 'status' }, 'Loading the session'));
  }

  showPart(part) {
    this.parts.dataset.part = part;
    for (const tab of this.tabs.children) {
      tab.setAttribute('aria-pressed', String(tab.dataset.part === part));
    }
    this.events.list.later();
  }

  close() {
    this.isClosed = true;
    this.reading?.abort();
    this.stream?.close();
    this.later.cancel();
    this.verifyLater.cancel();
    this.conversation.close();
    this.events.close();
    this.status.drop('session');
  }

  /** @param {?number} version the version to show; null for now */
  async start(version) {
    this.version = version;
    try {
      const rows = await this.read(FIRST);
      if (this.isClosed) {
        return;
      }
      this.take(rows);
      this.liveFrom = rows.version;
      this.base = version === null || rows.version > LONG ? null : rows.version;
      this.loading.remove();
      this.enable(true);
      await this.draw();
      this.readMarks();
      this.follow(rows.place);
      this.title.focus({ preventScroll: true });
    } catch (error) {
      this.failed(error);
    }
  }

  /** The rows of now: all of a session with fewer messages than that, the last ones of a longer one. */
  async read(size) {
    for (let i = 0; i < ATTEMPTS; i++) {
      const { answer, events: [last] } = await this.end();
      const messages = await this.api.get(Api.session(this.id, '/messages'), { query: { last: size } });
      if (!last || messages.length < size) {
        break;
      }
      const session = await this.api.get(Api.session(this.id)).catch((error) => {
        if (error.status === 404) {
          return null;
        }
        throw error;
      });
      const place = answer.headers.get('Stream-Next-Offset');
      const after = await this.api.request('HEAD', Api.session(this.id, '/events'));
      if (after.headers.get('Stream-Next-Offset') === place) {
        return new Rows({ version: last.seq, place, lastAt: last.ts, session, messages, isPart: true, snapshots: this.rows?.snapshots ?? [], redoable: null });
      }
    }
    return new Rows(await this.api.get(Api.session(this.id, '/state')));
  }

  async end() {
    const answer = await this.api.request('GET', Api.session(this.id, '/events'), { query: { last: 1 } });
    return { answer, events: await answer.json() };
  }

  failed(error) {
    if (error.name === 'AbortError' || this.isClosed) {
      return;
    }
    const isGone = error instanceof Problem && error.status === 404;
    this.loading.replaceChildren(isGone ? `There is no session “${this.id}”. It was purged, or never written.` : error.message);
    if (!isGone) {
      this.loading.append(' ', button('Try again', () => this.start(this.version)));
    }
    this.enable(false);
  }

  enable(isEnabled) {
    for (const each of Object.values(this.buttons)) {
      each.disabled = !isEnabled;
    }
  }

  take(rows) {
    this.rows = rows;
    this.head = rows.version;
  }

  follow(place) {
    this.status.stream('session', 'connecting');
    this.stream = this.api.stream(Api.session(this.id, '/events'), { offset: place }, {
      opened: (isAgain) => {
        this.status.stream('session', 'live');
        if (isAgain) {
          this.tell(null);
          say('Connected again');
        }
      },
      items: (items) => this.onItems(items),
      paused: () => this.status.drop('session'),
      lost: (error, wait) => {
        this.status.stream('session', 'lost');
        this.tell(`${error.message} The page may be out of date. Next attempt in ${Math.ceil(wait / 1000)} s.`,
            button('Connect now', () => this.stream.retry()));
      },
      ended: (reason, problem) => this.onEnd(reason, problem),
    });
  }

  onEnd(reason, problem) {
    this.status.stream('session', 'ended');
    if (reason === 'closed') {
      this.tell('This session is closed and accepts no more events. Fork it to continue.');
    } else if (reason === 'purged') {
      this.tell('This session was purged. The page still shows it, but it is no longer stored and cannot be changed.');
      this.lock();
    } else if (problem.type === 'log-changed' || problem.type === 'beyond-head') {
      this.tell('This session was purged and written again, or restored. The page shows the old one.',
          button('Load the new one', () => location.reload()));
      this.lock();
    } else {
      this.tell(problem.message ?? problem.problem?.detail ?? 'The stream ended with an error.', button('Load again', () => location.reload()));
    }
  }

  lock() {
    this.isGone = true;
    this.enable(false);
  }

  tell(text, ...more) {
    this.notice.hidden = text === null;
    this.notice.replaceChildren(...(text === null ? [] : [el('span', {}, text), ...more]));
  }

  problem(error) {
    if (error.name !== 'AbortError') {
      this.tell(error.message, button('Close', () => this.tell(null), { class: 'quiet' }));
    }
  }

  // ---- Live

  onItems(items) {
    const changes = new Map();
    const own = [];
    for (const item of items) {
      if (item.type.startsWith('reel:')) {
        if (item.type === 'reel:fell-behind') {
          say('This page has fallen behind the session');
        }
        continue;
      }
      const event = JSON.parse(item.data);
      const change = this.rows.apply(event);
      if (change.unsure) {
        this.unsure.push(event.seq);
        this.verifyLater();
      }
      this.head = this.rows.version;
      this.events.add(event, item.data);
      this.timeline.addMark(event);
      if (change.stale) {
        this.later();
      } else if (change.message !== undefined) {
        const before = changes.get(change.message);
        changes.set(change.message, { event, change: before?.change.added ? before.change : change });
      } else {
        own.push({ event, change });
      }
      this.drawn ??= requestAnimationFrame(() => {
        this.drawn = null;
        this.drawHead();
      });
    }
    if (this.version === null) {
      // In the order of the log, so that a call precedes the answer that follows it.
      [...changes.values(), ...own].sort((a, b) => a.event.seq - b.event.seq)
          .forEach(({ event, change }) => this.conversation.change(event, change));
    }
  }

  /**
   * Checks whether messages that arrived live are new. If one is an older message, which was not read yet, and was
   * replaced, it keeps its place in the conversation. Then the page shows it in the wrong place, and reads the session
   * again.
   */
  async verify() {
    const seqs = this.unsure;
    this.unsure = [];
    try {
      const found = await this.api.get(Api.session(this.id, '/messages'), { query: { after: seqs[0] - 1, before: seqs.at(-1) + 1 } });
      const known = new Set(found.map((message) => message.seq));
      if (seqs.some((seq) => !known.has(seq))) {
        this.later();
      }
    } catch (error) {
      if (error.status !== 404 && !this.isClosed) {
        this.later();
      }
    }
  }

  /** Reads the current state from the server. */
  async reload() {
    try {
      const state = await this.read(Math.max(FIRST, Math.min(AGAIN, this.rows.messages.length)));
      if (this.isClosed || state.version < this.rows.version) {
        // The answer lacks events that arrived in the meantime.
        if (!this.isClosed) {
          this.later();
        }
        return;
      }
      this.take(state);
      if (this.version === null) {
        await this.draw();
      }
      this.drawHead();
      await this.readRedoable();
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) {
        this.problem(error);
      }
    }
  }

  async readMarks() {
    try {
      const marks = await this.api.get(Api.session(this.id, '/events'), { query: { types: MARKED } });
      if (this.isClosed) {
        return;
      }
      this.timeline.addMarks(marks);
      if (this.rows.isPart) {
        this.rows.snapshots = marks.filter((event) => event.event === 'checkpoint')
            .map((event) => ({ id: event.data.id ?? event.uuid, state: event.data.state, seq: event.seq }));
        if (this.shown?.asOf) {
          this.shown.snapshots = this.snapshotsUpTo(this.shown.asOf);
        }
      }
      this.drawHead();
      await this.readRedoable();
    } catch (error) {
      this.problem(error);
    }
  }

  /**
   * Finds whether something can be redone if only part of the session was read: from the timeline and one more event.
   */
  async readRedoable() {
    const { rows } = this;
    if (!rows.isPart) {
      return;
    }
    const [last] = await this.api.get(Api.session(this.id, '/events'), { query: { types: ENDING, last: 1 } });
    if (this.rows === rows && !this.isClosed) {
      rows.redoable = redoable(this.timeline.marks, Math.max(last?.seq ?? 0, rows.ended));
      this.drawHead();
    }
  }

  // ---- Versions

  /** Called when the slider, a link or a button selects a version; null is the current one. */
  onVersion(version) {
    const at = version !== null && version >= this.head ? null : version;
    this.router.replace(this.id, at);
    this.show(at);
  }

  async show(version) {
    if (version === this.version && this.shown) {
      return;
    }
    this.base = version === null ? null : this.base ?? (this.head > LONG ? null : this.head);
    this.version = version;
    await this.draw();
  }

  /** The rows as of a version: all of them, or only the last messages if there are many. */
  async state(version, signal) {
    if (version === this.rows.version && !this.rows.isPart) {
      return this.rows;
    }
    if (version >= FIRST) {
      const messages = await this.api.get(Api.session(this.id, '/messages'), { query: { version, last: FIRST }, signal });
      if (messages.length === FIRST) {
        return new Rows({ version, place: null, lastAt: null, session: this.rows.session, messages, isPart: true, asOf: version,
          redoable: null, snapshots: this.snapshotsUpTo(version) });
      }
    }
    return new Rows(await this.api.get(Api.session(this.id, '/state'), { query: { version }, signal }));
  }

  snapshotsUpTo(version) {
    return this.rows.snapshots.filter((each) => (each.seq ?? 0) <= version);
  }

  /** What differs between the shown version and the base, as {@link difference}. */
  async compare(shown, signal) {
    const { base } = this;
    if (base === null) {
      return { marks: new Map(), gone: [] };
    }
    if (this.compared?.shown === shown && this.compared.base === base) {
      return this.compared;
    }
    let before;
    let after = shown.messages;
    if (shown.isPart || this.rows.isPart) {
      const differing = (version, from) =>
        this.api.get(Api.session(this.id, '/messages'), { query: { version, differs_from: from }, signal });
      [before, after] = await Promise.all([differing(base, shown.version), differing(shown.version, base)]);
    } else {
      if (this.baseRows?.version !== base) {
        // The current rows change with each event, so the comparison needs a copy.
        this.baseRows = { version: base, messages: [...(await this.state(base, signal)).messages] };
      }
      before = this.baseRows.messages;
    }
    this.compared = { shown, base, ...difference(before, after) };
    return this.compared;
  }

  async draw() {
    const { version } = this;
    this.reading?.abort();
    this.reading = new AbortController();
    const { signal } = this.reading;
    this.timeline.show(this.head, version, this.rows.at);
    this.node.classList.toggle('reading', version !== null);
    try {
      if (version === null) {
        this.shown = this.rows;
        this.baseRows = null;
        this.compared = null;
        this.asOf.hidden = true;
        this.conversation.show(this.rows, {
          marks: new Map(), gone: [], base: null, actions: this.isGone ? null : this.actions, liveFrom: this.liveFrom,
        });
      } else {
        const isShown = this.shown?.version === version && this.shown !== this.rows;
        const shown = isShown ? this.shown : await this.state(version, signal);
        const { marks, gone } = await this.compare(shown, signal);
        if (signal.aborted || this.isClosed) {
          return;
        }
        this.shown = shown;
        this.conversation.sticks = true;
        this.conversation.show(shown, { marks, gone, base: this.base ?? version, actions: this.isGone ? null : this.actions, liveFrom: null });
        this.drawAsOf(marks, gone);
      }
      this.drawHead();
    } catch (error) {
      if (error instanceof Problem && error.type === 'version-ahead') {
        this.tell(`The session has no version ${version} yet.`);
        this.onVersion(null);
      } else {
        this.problem(error);
      }
    }
  }

  drawAsOf(marks, gone) {
    const changes = [...marks.values()];
    const added = changes.filter((mark) => mark === 'added').length;
    const changed = changes.length - added;
    const isBefore = this.version < this.base;
    const parts = [
      added ? `${count(added, 'message')} ${isBefore ? 'removed later' : 'new'}` : '',
      changed ? `${number(changed)} changed${isBefore ? ' later' : ''}` : '',
      gone.length ? `${number(gone.length)} ${isBefore ? 'not written yet' : 'no longer there'}` : '',
    ].filter(Boolean);
    const base = el('input', { type: 'number', min: 0, max: this.head, 'aria-label': 'Compared with version', on: {
      change: () => {
        this.base = base.value === '' ? null : Math.max(0, Math.min(this.head, Number(base.value) || 0));
        this.draw();
      },
    } });
    base.value = this.base ?? '';
    this.asOf.hidden = false;
    this.asOf.replaceChildren(
        el('strong', {}, `As of version ${this.version}.`),
        el('label', {}, this.base === null ? 'Compare with version ' : 'Compared with version ', base),
        el('span', {}, this.base === null ? '' : parts.length ? parts.join(', ') + '.' : 'Nothing differs.'),
        el('span', { class: 'grow' }), button('Back to now', () => this.router.go(this.id)));
  }

  drawHead() {
    const { session } = this.rows;
    this.title.textContent = preview(session?.title || this.id, 300);
    document.title = `${preview(session?.title || this.id, 60)} · Reel console`;
    const facts = [el('span', { class: 'id' }, preview(this.id, 80)),
      this.rows.isPart ? '' : el('span', {}, count(this.rows.messages.length, 'message')), el('span', {}, count(this.head, 'event'))];
    if (session?.model) {
      facts.push(el('span', {}, preview(session.model, 60)));
    }
    if (session?.parentId) {
      facts.push(el('span', {}, 'fork of ', el('a', { href: `#/session/${encodeURIComponent(session.parentId)}@${session.parentVersion}` },
          preview(session.parentId, 40))));
    }
    if (session?.closed) {
      facts.push(el('span', { class: 'tag' }, 'closed'));
    }
    this.facts.replaceChildren(...facts);
    this.timeline.show(this.head, this.version, this.rows.at);
    this.events.show(this.head, this.version ?? this.head);
    this.buttons.redo.disabled = this.isGone || this.rows.redoable === 0;
    this.buttons.undo.disabled = this.isGone || this.rows.messages.length === 0;
  }

  /** Exports all events of the session, as the lines of its file. */
  async export() {
    const answer = await this.api.request('GET', Api.session(this.id, '/events'), { headers: { Accept: 'application/x-ndjson' } });
    const url = URL.createObjectURL(await answer.blob());
    el('a', { href: url, download: `${this.id.replace(/[^\w.-]+/g, '_').slice(0, 80)}.jsonl` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    say('Exported');
  }
}
