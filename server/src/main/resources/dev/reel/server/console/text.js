// Shows the texts, times and JSON of a session. Everything here creates text nodes.

import { button, el } from './dom.js';

// Control characters, and characters that change the direction of the following text, are shown as their codes: they
// could make a text look like a different one.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const FOLD_AT = 3000;
const STEP = 100_000;

/** Returns a text with hidden characters made visible. */
export function visible(text) {
  const nodes = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    nodes.append(text.slice(from, match.index));
    const code = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
    nodes.append(el('span', { class: 'hidden-char', title: 'A character that is not visible' }, `U+${code}`));
    from = match.index + match[0].length;
  }
  nodes.append(text.slice(from));
  return nodes;
}

/** Returns the text in one line, as plain text, cut off. */
export function preview(text, length = 160) {
  const line = text.slice(0, length * 2).replace(HIDDEN, '\u00b7').replace(/\s+/g, ' ').trim();
  return line.length > length ? line.slice(0, length) + '…' : line;
}

/** Prose with code: text between ``` fences is a code block, and text between backticks is inline code. */
function blocks(text) {
  const nodes = document.createDocumentFragment();
  const parts = text.split(/^```[^\n]*\n?/m);
  parts.forEach((part, i) => {
    if (i % 2 === 1) {
      nodes.append(el('pre', { class: 'code', tabindex: 0 }, el('code', {}, visible(part.replace(/\n$/, '')))));
    } else if (part.trim() !== '') {
      const prose = el('p', { class: 'prose', dir: 'auto' });
      part.replace(/^\n+|\n+$/g, '').split(/(`[^`\n]+`)/).forEach((piece) => {
        const isCode = piece.length > 2 && piece.startsWith('`') && piece.endsWith('`');
        prose.append(isCode ? el('code', {}, visible(piece.slice(1, -1))) : visible(piece));
      });
      nodes.append(prose);
    }
  });
  return nodes;
}

function plain(text) {
  return el('pre', { class: 'code', tabindex: 0 }, visible(text));
}

/** A text of any length: a long one is collapsed, and expands in steps. */
export function long(text, show) {
  if (text.length <= FOLD_AT) {
    return show(text);
  }
  const box = el('div');
  const draw = (length) => {
    box.replaceChildren(show(text.slice(0, length)));
    if (length < text.length) {
      const next = Math.min(text.length, length < STEP ? STEP : length + STEP);
      box.append(button(
          next === text.length ? `Show all ${count(text.length, 'character')}` : `Show ${count(next, 'character')} of ${number(text.length)}`,
          () => draw(next), { class: 'more' }));
    } else {
      box.append(button('Show less', () => draw(FOLD_AT / 2), { class: 'more' }));
    }
  };
  draw(FOLD_AT / 2);
  return box;
}

export function prose(text) {
  return long(text, blocks);
}

export function code(text) {
  return long(text, plain);
}

/**
 * Adds line breaks to JSON text without parsing it: as JavaScript numbers, long numbers would lose digits.
 */
export function indented(json) {
  let out = '';
  let depth = 0;
  const line = () => '\n' + '  '.repeat(depth);
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '"') {
      let end = i + 1;
      while (end < json.length && json[end] !== '"') {
        end += json[end] === '\\' ? 2 : 1;
      }
      out += json.slice(i, end + 1);
      i = end;
    } else if (c === '{' || c === '[') {
      const close = c === '{' ? '}' : ']';
      if (json[i + 1] === close) {
        out += c + close;
        i++;
      } else {
        depth++;
        out += c + line();
      }
    } else if (c === '}' || c === ']') {
      depth--;
      out += line() + c;
    } else if (c === ',') {
      out += c + line();
    } else {
      out += c === ':' ? ': ' : c;
    }
  }
  return out;
}

export function number(n) {
  return n.toLocaleString('en');
}

export function count(n, one, many = one + 's') {
  return `${number(n)} ${n === 1 ? one : many}`;
}

export function clock(instant) {
  return new Date(instant).toLocaleTimeString('en-GB');
}

export function day(instant) {
  const date = new Date(instant);
  const today = new Date().toDateString() === date.toDateString();
  return today ? clock(instant) : `${date.toLocaleDateString('en-CA')} ${clock(instant)}`;
}

export function ago(instant) {
  const seconds = Math.max(0, (Date.now() - new Date(instant)) / 1000);
  if (seconds < 10) {
    return 'just now';
  }
  if (seconds < 60) {
    return `${Math.floor(seconds)} s ago`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ago`;
  }
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : new Date(instant).toLocaleDateString('en-CA');
}
