// A list of any length. Only the rows in view are in the page. All rows have the same height.

import { el } from './dom.js';

const BEYOND = 8;

export class WindowedList {
  /**
   * @param {string} label for screen readers
   * @param {number} rowHeight in pixels
   * @param {function(number): HTMLElement} row returns the row of an index; it can have the focus
   * @param {function(number, number)} [seen] receives the first and last row in view
   */
  constructor(label, rowHeight, row, seen = () => {}) {
    this.rowHeight = rowHeight;
    this.row = row;
    this.seen = seen;
    this.count = 0;
    this.active = 0;
    this.rows = new Map();
    this.space = el('div', { class: 'rows', role: 'list', 'aria-label': label });
    this.node = el('div', { class: 'scroller' }, this.space);
    this.node.addEventListener('scroll', () => this.later());
    this.node.addEventListener('keydown', (event) => this.onKey(event));
    this.space.addEventListener('focusin', (event) => {
      const row = event.target.closest('[data-index]');
      if (row) {
        this.activate(Number(row.dataset.index));
      }
    });
    this.sizes = new ResizeObserver(() => this.later());
    this.sizes.observe(this.node);
  }

  close() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  get atEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < this.rowHeight;
  }

  /** Draws all rows in view again, because their contents may have changed. */
  show(count) {
    this.count = count;
    this.active = Math.max(0, Math.min(this.active, count - 1));
    this.space.style.height = `${count * this.rowHeight}px`;
    this.dirty = true;
    this.later();
  }

  later() {
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  draw() {
    const first = Math.max(0, Math.floor(this.node.scrollTop / this.rowHeight) - BEYOND);
    const last = Math.min(this.count, Math.ceil((this.node.scrollTop + this.node.clientHeight) / this.rowHeight) + BEYOND);
    const focused = this.space.contains(document.activeElement) ? this.active : -1;
    for (const [i, node] of this.rows) {
      if ((i < first || i >= last) && i !== focused || i >= this.count) {
        node.parentNode.remove();
        this.rows.delete(i);
      }
    }
    for (let i = first; i < last; i++) {
      if (!this.rows.has(i) || this.dirty) {
        this.drawRow(i, i === focused);
      }
    }
    if (focused >= 0 && focused < this.count && (this.dirty || !this.rows.has(focused)) && (focused < first || focused >= last)) {
      this.drawRow(focused, true);
    }
    this.dirty = false;
    this.seen(first, last);
  }

  drawRow(i, isFocused) {
    const node = this.row(i);
    node.dataset.index = i;
    node.tabIndex = i === this.active ? 0 : -1;
    const old = this.rows.get(i);
    const holder = old ? old.parentNode : el('div', { role: 'listitem', 'aria-posinset': i + 1 });
    holder.setAttribute('aria-setsize', this.count);
    holder.style.transform = `translateY(${i * this.rowHeight}px)`;
    holder.style.height = `${this.rowHeight}px`;
    holder.replaceChildren(node);
    if (!old) {
      this.space.append(holder);
    }
    this.rows.set(i, node);
    if (isFocused && document.activeElement !== node) {
      node.focus({ preventScroll: true });
    }
  }

  activate(i) {
    const old = this.rows.get(this.active);
    if (old) {
      old.tabIndex = -1;
    }
    this.active = i;
    const row = this.rows.get(i);
    if (row) {
      row.tabIndex = 0;
    }
  }

  reveal(i) {
    const top = i * this.rowHeight;
    if (top < this.node.scrollTop) {
      this.node.scrollTop = top;
    } else if (top + this.rowHeight > this.node.scrollTop + this.node.clientHeight) {
      this.node.scrollTop = top + this.rowHeight - this.node.clientHeight;
    }
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
  }

  focus(i) {
    this.activate(i);
    this.reveal(i);
    this.draw();
    this.rows.get(i)?.focus({ preventScroll: true });
  }

  onKey(event) {
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey || this.count === 0) {
      return;
    }
    event.preventDefault();
    this.focus(Math.max(0, Math.min(this.count - 1, this.active + step)));
  }
}
