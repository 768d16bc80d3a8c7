// The timeline: a slider over the versions of a session, with its checkpoints and cuts.

import { button, el, rested } from './dom.js';
import { day, preview } from './text.js';

const MAX_TICKS = 150;
const NAMES = {
  checkpoint: 'Checkpoint', messages_truncate: 'Rewind', messages_restore: 'Redo', messages_clear: 'Clear', session_fork: 'Fork',
  session_close: 'Closed',
};

/** The events that are marked in the timeline. */
export const MARKED = Object.keys(NAMES);

export class Timeline {
  /** @param {function(?number)} onVersion receives the selected version; null for the current one */
  constructor(onVersion) {
    this.onVersion = onVersion;
    this.head = 0;
    this.marks = [];
    // For a state the server has to read the log, so it is requested only for the version where the slider stops.
    this.later = rested(200, (version) => onVersion(version));
    this.slider = el('input', { type: 'range', min: 1, max: 1, step: 1, id: 'slider', 'aria-label': 'Version', on: {
      input: () => this.onSlide(Number(this.slider.value)),
    } });
    this.ticks = el('div', { class: 'ticks', 'aria-hidden': 'true' });
    this.field = el('input', { type: 'number', min: 1, class: 'version', 'aria-label': 'Version number', on: {
      change: () => this.onSlide(Math.max(1, Math.min(this.head, Number(this.field.value) || this.head))),
    } });
    this.label = el('span', { class: 'hint moment' });
    this.now = button('Now', () => onVersion(null), { class: 'now' });
    this.checkpoints = el('select', { 'aria-label': 'Go to a checkpoint or a rewind', on: {
      change: () => {
        if (this.checkpoints.value) {
          this.onVersion(Number(this.checkpoints.value));
          this.checkpoints.value = '';
        }
      },
    } });
    this.node = el('section', { class: 'timeline', 'aria-label': 'Timeline' },
        el('div', { class: 'timeline-row' },
            button('◂', () => this.step(-1), { 'aria-label': 'One version back', class: 'quiet' }),
            el('div', { class: 'track' }, this.ticks, this.slider),
            button('▸', () => this.step(1), { 'aria-label': 'One version on', class: 'quiet' }),
            this.now),
        el('div', { class: 'timeline-row' }, el('label', {}, 'Version ', this.field), this.total = el('span', { class: 'hint' }),
            this.label, el('span', { class: 'grow' }), this.checkpoints));
    this.drawMarks();
  }

  step(by) {
    this.onSlide(Math.max(1, Math.min(this.head, this.version + by)));
  }

  /** Goes to the previous or next mark. */
  jump(by) {
    const marks = by < 0 ? this.marks.filter((mark) => mark.seq < this.version).reverse() : this.marks.filter((mark) => mark.seq > this.version);
    if (marks.length) {
      this.onSlide(marks[0].seq);
    }
  }

  onSlide(version) {
    this.draw(version);
    this.later(version === this.head ? null : version);
  }

  /** @param {?number} version null for the current one */
  show(head, version, at) {
    const grew = head !== this.head;
    this.head = head;
    this.at = at;
    this.slider.max = head;
    this.field.max = head;
    this.isNow = version === null;
    this.draw(version ?? head);
    if (grew) {
      this.drawTicks();
    }
  }

  draw(version) {
    this.version = version;
    this.slider.value = version;
    if (document.activeElement !== this.field) {
      this.field.value = version;
    }
    const mark = this.marks.find((each) => each.seq === version);
    const name = mark ? `${NAMES[mark.event]} ${mark.label}` : '';
    this.total.textContent = `of ${this.head}`;
    this.label.textContent = [this.at && version === this.head ? day(this.at) : '', name].filter(Boolean).join(' · ');
    this.slider.setAttribute('aria-valuetext', `Version ${version} of ${this.head}${name ? ', ' + name : ''}`);
    this.now.setAttribute('aria-pressed', String(version === this.head));
    this.slider.style.setProperty('--part', `${this.head > 1 ? 100 * (version - 1) / (this.head - 1) : 100}%`);
  }

  /** Marks that were read, and those that arrived live in the meantime, can overlap. */
  addMarks(events) {
    const marks = new Map(this.marks.map((mark) => [mark.seq, mark]));
    events.forEach((event) => marks.set(event.seq, {
      seq: event.seq, event: event.event, label: preview(String(event.data?.state?.label ?? event.data?.parent_id ?? ''), 40),
    }));
    this.marks = [...marks.values()].sort((a, b) => a.seq - b.seq);
    this.drawMarks();
    this.drawTicks();
  }

  addMark(event) {
    if (MARKED.includes(event.event)) {
      this.addMarks([event]);
    }
  }

  drawMarks() {
    this.checkpoints.replaceChildren(el('option', { value: '' }, this.marks.length ? `Go to … (${this.marks.length})` : 'No checkpoints'),
        ...this.marks.slice(-500).reverse().map((mark) => el('option', { value: mark.seq }, `v${mark.seq} · ${NAMES[mark.event]} ${mark.label}`)));
    this.checkpoints.disabled = this.marks.length === 0;
  }

  drawTicks() {
    const shown = [];
    let last = -1;
    for (const mark of this.marks) {
      const at = this.head > 1 ? Math.round(MAX_TICKS * (mark.seq - 1) / (this.head - 1)) : 0;
      // Marks at the same place share one tick: a long session has more marks than the line has pixels.
      if (at !== last) {
        const tick = el('span', { class: 'tick', 'data-event': mark.event });
        tick.style.left = `${100 * (mark.seq - 1) / Math.max(1, this.head - 1)}%`;
        shown.push(tick);
        last = at;
      }
    }
    this.ticks.replaceChildren(...shown);
  }
}
