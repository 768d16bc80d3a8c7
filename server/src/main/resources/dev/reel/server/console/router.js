// The fragment of the URL says what the page shows: #/, #/session/ID, #/session/ID@version. An id is percent-encoded,
// so an @ inside an id is %40.

export function addressOf(id, version = null) {
  return `#/session/${encodeURIComponent(id)}${version === null ? '' : '@' + version}`;
}

/** Parses a URL's fragment: {id, version}, both null for the list. */
export function placeOf(fragment) {
  const match = /^#\/session\/([^@/]+)(?:@(\d{1,15}))?$/.exec(fragment);
  if (match) {
    try {
      return { id: decodeURIComponent(match[1]), version: match[2] === undefined ? null : Number(match[2]) };
    } catch {
      // A percent sign that does not begin an encoded character.
    }
  }
  return { id: null, version: null };
}

export class Router {
  constructor(show) {
    this.show = show;
    window.addEventListener('hashchange', () => show(placeOf(location.hash)));
  }

  start() {
    this.show(placeOf(location.hash));
  }

  go(id, version = null) {
    location.hash = addressOf(id, version);
  }

  /** Changes the place without an entry in the history: a slider passes many places. */
  replace(id, version) {
    history.replaceState(null, '', addressOf(id, version));
  }
}
