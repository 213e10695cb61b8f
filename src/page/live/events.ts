export interface EventHandlers {
  onEvent(name: string, data: string): void;
  /** The stream ended or never began; with the status where there was an answer. Called once. */
  onEnd(status?: number): void;
}

/**
 * Server-sent events (WHATWG HTML, section 9.2) by fetch: the browser's own EventSource can't show a token. Returns the
 * function that ends it without a further call.
 */
export function followEvents(url: URL, headers: Record<string, string>, handlers: EventHandlers): () => void {
  const stop = new AbortController();
  let ended = false;
  const end = (status?: number) => {
    if (ended) return;
    ended = true;
    handlers.onEnd(status);
  };
  const read = async () => {
    const answer = await fetch(url, { headers, signal: stop.signal });
    if (!answer.ok || !answer.body) return end(answer.status);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = eventParser((name, data) => {
      if (!ended) handlers.onEvent(name, data);
    });
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return end();
      parse(value);
    }
  };
  read().catch(() => end());
  return () => {
    ended = true;
    stop.abort();
  };
}

/** Takes the text of a stream in pieces of any size and tells each event once it is whole. */
export function eventParser(tell: (name: string, data: string) => void): (piece: string) => void {
  // A state's worth of profiles comes in hundreds of pieces: joined once, when the event is whole.
  let pieces: string[] = [];
  let tail = '';
  return (piece) => {
    pieces.push(piece);
    const seam = tail + piece;
    tail = seam.slice(-1);
    if (!seam.includes('\n\n')) return;
    const blocks = pieces.join('').split('\n\n');
    pieces = [blocks.pop()!];
    for (const block of blocks) {
      let name = 'message';
      const data: string[] = [];
      for (const line of block.split('\n')) {
        if (line.startsWith('event:')) name = line.slice(6).trim();
        else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      }
      if (data.length > 0) tell(name, data.join('\n'));
    }
  };
}
