// The raw events of a session, by version. Versions have no gaps, so an event is found without reading those before it.
// If one type is selected, the last events are read first, and older ones when the user scrolls near the first of them.

import { Api } from './api.js';
import { button, copyButton, el, say } from './dom.js';
import { WindowedList } from './list.js';
import { clock, code, day, indented, number, preview } from './text.js';

const PAGE = 200;
const ROW = 30;
const KEPT_PAGES = 60;

export class Events {
  /** @param {function(number)} onVersion shows the session as of a version */
  constructor(api, session, onVersion) {
    this.api = api;
    this.session = session;
    this.onVersion = onVersion;
    this.head = 0;
    this.pages = new Map();
    this.chosen = 0;
    this.types = new Set();
    /** The events of the selected type, oldest first; null if no type is selected. */
    this.only = null;
    this.list = new WindowedList('Events', ROW, (i) => this.only ? this.row(this.only[i].event.seq, this.only[i]) : this.row(i + 1, this.at(i + 1)),
        (first, last) => this.only ? this.fetchOnly(first) : this.fetch(first, last));
    this.filter = el('input', { list: 'event-types', 'aria-label': 'Only events of the type', placeholder: 'All types',
      autocomplete: 'off', spellcheck: 'false', class: 'type-filter', on: { change: () => this.select(this.filter.value.trim()) } });
    this.offered = el('datalist', { id: 'event-types' });
    this.detail = el('div', { class: 'detail', hidden: true });
    this.goto = el('input', { type: 'number', min: 1, 'aria-label': 'Go to event', placeholder: 'Go to', on: {
      change: () => this.choose(Math.max(1, Math.min(this.head, Number(this.goto.value)))),
    } });
    this.total = el('span', { class: 'hint' });
    this.node = el('section', { class: 'events', 'aria-label': 'Events' },
        el('header', {}, el('h3', {}, 'Events'), this.total, el('span', { class: 'grow' }), this.filter, this.offered, this.goto),
        this.list.node, this.detail);
  }

  close() {
    this.closed = true;
    this.list.close();
  }

  /** Sets the number of events of the log, and the version that is shown next to the list. */
  show(head, shown) {
    const follows = this.head === 0 || this.list.atEnd && shown === head;
    const isMoved = this.shown !== shown;
    this.head = head;
    this.shown = shown;
    this.goto.max = head;
    this.draw();
    if (this.only && !follows) {
      if (isMoved && shown !== head) {
        this.list.reveal(Math.max(0, this.only.findLastIndex(({ event }) => event.seq <= shown)));
      }
      return;
    }
    if (follows) {
      this.list.toEnd();
      // Before the first layout there is nothing to scroll.
      requestAnimationFrame(() => this.list.toEnd());
    } else if (shown !== head) {
      this.list.reveal(shown - 1);
    }
  }

  draw() {
    this.total.textContent = this.only ? `${number(this.only.length)}${this.hasMore ? '+' : ''} of ${number(this.head)}` : number(this.head);
    this.list.show(this.only ? this.only.length : this.head);
  }

  offer(type) {
    if (!this.types.has(type) && type.length <= 100) {
      this.types.add(type);
      this.offered.append(el('option', { value: type }));
    }
  }

  // ---- One type

  /** Shows only the events of a type; an empty text shows all types. */
  async select(type) {
    this.type = type;
    this.only = type === '' ? null : [];
    this.hasMore = type !== '';
    this.isReading = false;
    this.draw();
    if (this.only) {
      await this.fetchOnly(0);
      say(`${this.only?.length ?? 0} events of type ${type}`);
    }
    this.list.toEnd();
  }

  async fetchOnly(first) {
    if (!this.hasMore || this.isReading || first > 20 || this.only.length && !this.list.node.clientHeight) {
      return;
    }
    this.isReading = true;
    const { only } = this;
    try {
      const before = only.length ? only[0].event.seq - 1 : null;
      const lines = await this.api.lines(Api.session(this.session, '/events'), { query: { types: [this.type], last: PAGE, up_to: before } });
      if (this.closed || this.only !== only) {
        return;
      }
      const known = only.length ? only[0].event.seq : Infinity;
      const older = lines.map((line) => ({ line, event: JSON.parse(line) })).filter(({ event }) => event.seq < known);
      only.unshift(...older);
      this.hasMore = lines.length === PAGE;
      this.draw();
      if (before !== null) {
        this.list.active += older.length;
        this.list.node.scrollTop += older.length * ROW;
      }
    } catch (error) {
      this.hasMore = false;
      if (!this.closed && this.only === only) {
        this.total.textContent = error.message;
      }
    } finally {
      if (this.only === only) {
        this.isReading = false;
      }
    }
  }

  /** Returns the index of the event of a version in the list; -1 if it is not in the list. */
  placeOf(seq) {
    return this.only ? this.only.findIndex(({ event }) => event.seq === seq) : seq - 1;
  }

  // ---- All types

  /** Adds an event that arrived live, with its line. */
  add(event, line) {
    this.offer(event.event);
    // While the first events are being read, a live event is either in the answer or after it.
    if (this.only && event.event === this.type && event.seq > (this.only.at(-1)?.event.seq ?? 0)) {
      this.only.push({ event, line });
    }
    const page = Math.floor((event.seq - 1) / PAGE);
    const known = this.pages.get(page);
    if (Array.isArray(known)) {
      known[(event.seq - 1) % PAGE] = { event, line };
    } else if (!known && (event.seq - 1) % PAGE === 0) {
      this.pages.set(page, [{ event, line }]);
    }
  }

  /** The session was recreated or restored: forgets all events. */
  forget() {
    this.pages.clear();
  }

  at(seq) {
    const page = this.pages.get(Math.floor((seq - 1) / PAGE));
    return Array.isArray(page) ? page[(seq - 1) % PAGE] : undefined;
  }

  fetch(first, last) {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(first, last - 1) / PAGE); page++) {
      const end = Math.min(this.head, (page + 1) * PAGE);
      const known = this.pages.get(page);
      const isWhole = Array.isArray(known) && known.length >= end - page * PAGE && !known.includes(undefined);
      if (this.head > 0 && end > page * PAGE && known !== 'coming' && !isWhole) {
        this.fetchPage(page, known);
      }
    }
  }

  async fetchPage(page, known) {
    this.pages.set(page, 'coming');
    try {
      const lines = await this.api.lines(Api.session(this.session, '/events'), { query: { after: page * PAGE, limit: PAGE } });
      this.pages.set(page, lines.map((line) => ({ line, event: JSON.parse(line) })));
      this.pages.get(page).forEach(({ event }) => this.offer(event.event));
      for (const old of [...this.pages.keys()].slice(0, Math.max(0, this.pages.size - KEPT_PAGES))) {
        this.pages.delete(old);
      }
      if (!this.closed && lines.length) {
        this.draw();
      }
    } catch {
      this.pages.delete(page);
      setTimeout(() => !this.closed && this.list.later(), 3000);
    }
  }

  row(seq, found) {
    const row = el('button', {
      type: 'button', class: 'event', 'aria-current': seq === this.chosen ? 'true' : null,
      'data-later': seq > this.shown ? true : null, on: { click: () => this.choose(seq) },
    }, el('span', { class: 'seq' }, String(seq)));
    if (found) {
      row.append(el('span', { class: 'type' }, preview(found.event.event, 60)),
          el('span', { class: 'data' }, preview(dataOf(found.line), 100)),
          el('time', { datetime: found.event.ts, title: day(found.event.ts) }, clock(found.event.ts)));
    } else {
      row.append(el('span', { class: 'type coming' }, '…'));
    }
    return row;
  }

  async choose(seq) {
    if (!seq) {
      return;
    }
    this.chosen = seq;
    if (this.placeOf(seq) >= 0) {
      this.list.reveal(this.placeOf(seq));
    }
    this.draw();
    let found = this.at(seq);
    if (!found) {
      try {
        const [line] = await this.api.lines(Api.session(this.session, '/events'), { query: { after: seq - 1, limit: 1 } });
        found = line ? { line, event: JSON.parse(line) } : null;
      } catch (error) {
        found = null;
      }
    }
    if (this.chosen !== seq || !found) {
      return;
    }
    this.detail.hidden = false;
    this.detail.replaceChildren(
        el('header', {}, el('h4', {}, `${seq} · ${preview(found.event.event, 60)}`), el('span', { class: 'grow' }),
            copyButton('Copy', () => found.line),
            button('Show session here', () => this.onVersion(seq), { class: 'quiet' }),
            button('Close', () => this.unchoose(), { class: 'quiet', 'aria-label': 'Close the event' })),
        el('div', { class: 'detail-body' }, code(indented(found.line))));
  }

  unchoose() {
    const seq = this.chosen;
    this.chosen = 0;
    this.detail.hidden = true;
    this.draw();
    this.list.focus(Math.max(0, this.placeOf(seq)));
  }
}

/** Returns the data of a line, unchanged. */
function dataOf(line) {
  const at = line.indexOf('"data":');
  return at < 0 ? '' : line.slice(at + 7, at + 400);
}
