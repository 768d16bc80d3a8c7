// Elements are created only here. Text is always a text node, so no text of a session is ever parsed as markup.

/**
 * Creates an element.
 *
 * @param {string} tag the element's name
 * @param {object} [props] attributes; `on` is an object of listeners; true is an empty attribute; an attribute that is
 *     null, undefined or false is left out
 * @param {...(Node|string|null|undefined)} children
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on') {
      for (const [type, listener] of Object.entries(value)) {
        node.addEventListener(type, listener);
      }
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function button(text, onClick, props = {}) {
  return el('button', { type: 'button', on: { click: onClick }, ...props }, text);
}

/** Announces to a screen reader what is visible elsewhere. */
export function say(text) {
  document.getElementById('said').textContent = text;
}

/** Calls at most once per interval, with the last arguments; the first call is delayed, too. */
export function throttled(millis, call) {
  let timer = 0;
  let last = [];
  const later = (...args) => {
    last = args;
    if (!timer) {
      timer = setTimeout(() => {
        timer = 0;
        call(...last);
      }, millis);
    }
  };
  later.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return later;
}

/** Calls once, with the last arguments, after no call was made for an interval. */
export function rested(millis, call) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), millis);
  };
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page that was loaded over plain HTTP from another machine can't use the clipboard API.
    const area = el('textarea', { class: 'unseen' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  say('Copied');
}

/** A button that copies, and then shows for a moment that it did. */
export function copyButton(label, text) {
  const node = button(label, async () => {
    await copy(text());
    node.textContent = 'Copied';
    setTimeout(() => {
      node.textContent = label;
    }, 1200);
  });
  node.classList.add('quiet');
  return node;
}
