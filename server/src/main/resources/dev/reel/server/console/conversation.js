// The conversation: messages, and the events between them. Messages are grouped in chunks. Only chunks near the view
// are in the page; the others are empty boxes of the same height. Of a long session only the last messages are read
// first; older ones are read when the user scrolls near them.

import { button, el } from './dom.js';
import { INLINE, eventNode, messageNode } from './message.js';
import { Api } from './api.js';
import { addressOf } from './router.js';
import { count, preview } from './text.js';

const CHUNK = 40;
const PAGE = 10 * CHUNK;
/** The link to the start of a long session shows the session as of this version. */
const START = 40;
const GUESS = 96;

export class Conversation {
  constructor(api, session) {
    this.api = api;
    this.session = session;
    this.chunks = [];
    this.live = [];
    this.sticks = true;
    this.list = el('div', { class: 'messages' });
    this.tail = el('div', { class: 'tail' });
    this.earlier = el('p', { class: 'earlier', hidden: true });
    this.content = el('div', { class: 'column' }, this.earlier, this.list, this.tail);
    this.latest = button('Latest', () => this.toEnd(), { class: 'latest', hidden: true });
    this.scroller = el('div', { class: 'scroller', tabindex: 0, role: 'log', 'aria-live': 'off', 'aria-label': 'Conversation' }, this.content);
    this.node = el('section', { class: 'conversation', 'aria-label': 'Conversation' }, this.scroller, this.latest);
    this.near = new IntersectionObserver((entries) => entries.forEach((entry) => this.onNear(entry)),
        { root: this.scroller, rootMargin: '1200px 0px' });
    this.start = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.readEarlier(),
        { root: this.scroller, rootMargin: '1200px 0px' });
    this.sizes = new ResizeObserver(() => this.stick());
    this.sizes.observe(this.content);
    this.sizes.observe(this.scroller);
    this.scroller.addEventListener('scroll', () => {
      const rest = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
      // If a chunk grows, the end moves away. The view stops following the end only when a person scrolls up.
      if (rest < 40) {
        this.sticks = true;
      } else if (this.scroller.scrollTop < this.top - 2) {
        this.sticks = false;
      }
      this.top = this.scroller.scrollTop;
      this.latest.hidden = this.sticks;
    });
  }

  close() {
    this.rows = null;
    this.near.disconnect();
    this.start.disconnect();
    this.sizes.disconnect();
  }

  stick() {
    if (this.sticks) {
      this.scroller.scrollTop = this.scroller.scrollHeight;
    }
  }

  toEnd() {
    this.sticks = true;
    this.stick();
    this.latest.hidden = true;
  }

  /**
   * Shows other rows.
   *
   * @param {Rows} rows
   * @param {{marks: Map, gone: Array, base: ?number, actions: ?object, liveFrom: ?number}} how `liveFrom` is the
   *     version after which events arrived live
   */
  show(rows, how) {
    this.rows = rows;
    this.how = how;
    this.near.disconnect();
    this.chunks = [];
    this.list.replaceChildren();
    const n = rows.messages.length;
    for (let from = 0; from < Math.max(1, n); from += CHUNK) {
      this.addChunk(from, Math.min(CHUNK, n - from));
    }
    this.drawTail();
    this.drawEarlier();
    this.stick();
  }

  newChunk(from, size) {
    const chunk = { node: el('div', { class: 'chunk' }), from, size, drawn: false, between: null };
    chunk.node.chunk = chunk;
    chunk.node.style.minHeight = `${size * GUESS}px`;
    return chunk;
  }

  /** Adds a chunk at the end. */
  addChunk(from, size) {
    const chunk = this.newChunk(from, size);
    this.chunks.push(chunk);
    this.list.append(chunk.node);
    this.near.observe(chunk.node);
    if (from + size > this.rows.messages.length - CHUNK) {
      this.draw(chunk);
    }
    return chunk;
  }

  chunkOf(i) {
    return this.chunks.findLast((chunk) => chunk.from <= i);
  }

  // ---- Older messages

  drawEarlier(problem) {
    const { isPart, version } = this.rows;
    this.earlier.hidden = !isPart;
    this.start.disconnect();
    if (!isPart) {
      return;
    }
    this.earlier.replaceChildren(el('span', {}, problem ?? 'Reading earlier messages'),
        problem ? button('Try again', () => this.readEarlier()) : '',
        el('a', { href: addressOf(this.session, Math.min(START, version)) }, 'Go to the start'));
    if (!problem) {
      // Observed again, since an observer reports only changes.
      this.start.observe(this.earlier);
    }
  }

  async readEarlier() {
    const { rows } = this;
    if (!rows?.isPart || rows.isReading) {
      return;
    }
    rows.isReading = true;
    let problem;
    try {
      const older = await this.api.get(Api.session(this.session, '/messages'),
          { query: { version: rows.asOf, before: rows.messages[0].seq, last: PAGE } });
      rows.prepend(older, older.length === PAGE);
      if (this.rows === rows && older.length) {
        this.putBefore(older.length);
      }
    } catch (error) {
      problem = error.message;
    }
    rows.isReading = false;
    if (this.rows === rows) {
      this.drawEarlier(problem);
    }
  }

  /** Adds chunks for this many older messages, without moving the messages in view. */
  putBefore(n) {
    const first = this.chunks[0].node;
    const top = first.getBoundingClientRect().top;
    this.chunks.forEach((chunk) => {
      chunk.from += n;
    });
    const older = [];
    for (let from = 0; from < n; from += CHUNK) {
      older.push(this.newChunk(from, Math.min(CHUNK, n - from)));
    }
    this.chunks.unshift(...older);
    first.before(...older.map((chunk) => chunk.node));
    older.forEach((chunk) => this.near.observe(chunk.node));
    this.scroller.scrollTop += first.getBoundingClientRect().top - top;
    this.top = this.scroller.scrollTop;
  }

  // ---- Drawing

  /** Draws chunks above the view without moving the messages in view: their heights were estimates until then. */
  keep(chunk, draw) {
    const height = chunk.node.offsetHeight;
    const view = this.scroller.getBoundingClientRect();
    const isAbove = chunk.node.getBoundingClientRect().bottom <= view.top + view.height / 4;
    draw();
    if (isAbove) {
      this.scroller.scrollTop += chunk.node.offsetHeight - height;
      this.top = this.scroller.scrollTop;
    }
  }

  onNear(entry) {
    const chunk = entry.target.chunk;
    if (entry.isIntersecting && !chunk.drawn) {
      this.keep(chunk, () => this.draw(chunk));
    } else if (!entry.isIntersecting && chunk.drawn && !this.chunks.slice(-2).includes(chunk)) {
      chunk.node.style.minHeight = `${chunk.node.offsetHeight}px`;
      chunk.node.replaceChildren();
      chunk.drawn = false;
    }
  }

  /** Returns the versions whose events belong to a chunk: after the first, up to the second. */
  rangeOf(chunk) {
    const { messages, version, isPart } = this.rows;
    const first = chunk.from === 0 && !isPart ? 0 : messages[chunk.from].seq - 1;
    const next = messages[chunk.from + chunk.size];
    return [first, next ? next.seq - 1 : version];
  }

  draw(chunk) {
    chunk.drawn = true;
    chunk.node.style.minHeight = '';
    const nodes = [];
    for (let i = chunk.from; i < chunk.from + chunk.size; i++) {
      nodes.push(this.messageAt(i));
    }
    chunk.node.replaceChildren(...nodes);
    if (chunk.between) {
      this.place(chunk, chunk.between);
    } else {
      this.load(chunk);
    }
  }

  messageAt(i) {
    const message = this.rows.messages[i];
    const { marks, base, actions } = this.how;
    return messageNode(message, {
      session: this.session, actions, mark: marks.get(message.id),
      direction: base !== null && base > this.rows.version ? 'earlier' : 'later',
    });
  }

  async load(chunk) {
    const [after, upTo] = this.rangeOf(chunk);
    const { rows } = this;
    chunk.between = [];
    try {
      const events = upTo <= after ? [] : await this.api.get(Api.session(this.session, '/events'),
          { query: { after, up_to: upTo, types: INLINE } });
      if (this.rows === rows && this.chunks.includes(chunk)) {
        const known = new Set(events.map((event) => event.seq));
        chunk.between = [...events, ...chunk.between.filter((event) => !known.has(event.seq))];
        if (chunk.drawn) {
          this.keep(chunk, () => this.place(chunk, chunk.between));
        }
      }
    } catch (error) {
      chunk.between = null;
    }
  }

  /**
   * Puts events between the messages of a chunk, except those that a later rewind removed together with their messages.
   */
  place(chunk, events) {
    chunk.node.querySelectorAll(':scope > .between, :scope > .fold, :scope > .live-line').forEach((node) => node.remove());
    const { messages } = this.rows;
    const { from } = chunk;
    const to = from + chunk.size;
    let at = 0;
    for (let i = from - 1; i < to; i++) {
      if (i < from && i >= 0 || i === -1 && from > 0) {
        continue;
      }
      const start = i < 0 ? 0 : messages[i].seq;
      const end = i + 1 < messages.length ? messages[i + 1].seq : Infinity;
      const gap = [];
      while (at < events.length && events[at].seq < end) {
        if (events[at].seq >= start) {
          gap.push(events[at]);
        }
        at++;
      }
      const before = i + 1 < to ? this.articleOf(chunk, i + 1) : null;
      lasting(gap).forEach((event) => chunk.node.insertBefore(eventNode(event, this.session), before));
    }
    this.drawLiveLine(chunk);
  }

  articleOf(chunk, i) {
    return chunk.node.querySelectorAll(':scope > article')[i - chunk.from] ?? null;
  }

  /** Draws the line between the messages that existed when the page was loaded, and those that arrived live. */
  drawLiveLine(chunk) {
    chunk.node.querySelector(':scope > .live-line')?.remove();
    const { liveFrom } = this.how;
    if (liveFrom === null || liveFrom === undefined) {
      return;
    }
    const before = this.rows.messages[chunk.from - 1];
    const first = [...chunk.node.children].find((node) => Number(node.dataset.seq) > liveFrom);
    if (first && (!before || before.seq <= liveFrom)) {
      first.before(el('p', { class: 'live-line' }, el('span', {}, 'Live from here')));
    }
  }

  drawTail() {
    const { gone, base } = this.how;
    this.tail.replaceChildren();
    if (this.rows.messages.length === 0) {
      this.tail.append(el('p', { class: 'empty' }, this.rows.session === null ? 'This session was deleted. Its events are still stored.'
        : `No messages ${base === null ? 'yet' : 'at this version'}`));
    }
    if (base !== null && gone.length) {
      const later = base > this.rows.version;
      this.tail.append(el('details', { class: 'gone' },
          el('summary', {}, later ? `${count(gone.length, 'message')} written later, up to version ${base}`
            : `${count(gone.length, 'message')} of version ${base} no longer there`),
          el('ul', {}, ...gone.slice(0, 200).map((message) => el('li', {},
              el('span', { class: 'role' }, message.role), ' ',
              preview(typeof message.content?.content === 'string' ? message.content.content : JSON.stringify(message.content), 120))),
          gone.length > 200 ? el('li', {}, `and ${gone.length - 200} more`) : null)));
    }
  }

  // ---- Live

  /** Shows a change that {@link Rows#apply} returned. */
  change(event, { message, added }) {
    if (message !== undefined) {
      if (added && message === 0) {
        this.drawTail();
      }
      let chunk = this.chunkOf(message);
      if (message >= chunk.from + chunk.size) {
        if (chunk.size < CHUNK) {
          chunk.size++;
        } else {
          chunk = this.addChunk(message, 1);
        }
      }
      if (chunk.drawn) {
        const old = this.articleOf(chunk, message);
        if (!old) {
          chunk.node.append(this.messageAt(message));
          this.drawLiveLine(chunk);
        } else if (!added) {
          old.replaceWith(this.messageAt(message));
        }
      }
    } else if (INLINE.includes(event.event)) {
      const chunk = this.chunks.at(-1);
      (chunk.between ??= []).push(event);
      if (chunk.drawn) {
        chunk.node.append(eventNode(event, this.session));
        this.drawLiveLine(chunk);
      }
    }
    this.stick();
  }
}

/**
 * Returns the events between two messages that are still valid: a rewind removes the events before it, a redo restores
 * them.
 */
function lasting(events) {
  let kept = [];
  const cuts = [];
  for (const event of events) {
    if (event.event === 'messages_truncate' || event.event === 'messages_clear') {
      cuts.push(kept);
      kept = [event];
    } else if (event.event === 'messages_restore') {
      kept = cuts.pop() ?? kept;
    } else {
      kept.push(event);
    }
  }
  return kept;
}
