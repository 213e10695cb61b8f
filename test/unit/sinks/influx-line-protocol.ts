/**
 * A strict reader of line protocol, written from its published grammar (docs.influxdata.com, "Line protocol") and
 * independent of the library that the sink writes with. It refuses whatever any version of InfluxDB refuses.
 */
export interface ParsedPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, ParsedField>>;
  readonly time_ns: bigint;
}

export type ParsedField =
  | { readonly type: 'float' | 'integer'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean };

/** @throws Error saying what is wrong with the line. */
export function parseLine(line: string): ParsedPoint {
  const reader = new Reader(line);
  const measurement = reader.name(', ');
  if (measurement.startsWith('_') || measurement.startsWith('#')) throw new Error('reserved measurement');
  const tags: Record<string, string> = {};
  while (reader.skip(',')) {
    const key = keyOf(reader.name('=, '), tags);
    if (!reader.skip('=')) throw new Error(`tag ${key} without a value`);
    const value = reader.name('=, ');
    if (value.endsWith('\\')) throw new Error(`tag ${key} ends in a backslash`);
    tags[key] = value;
  }
  if (!reader.skip(' ')) throw new Error('no fields');
  const fields: Record<string, ParsedField> = {};
  do {
    const key = keyOf(reader.name('=, '), fields);
    if (key in tags) throw new Error(`${key} is a tag and a field`);
    if (!reader.skip('=')) throw new Error(`field ${key} without a value`);
    fields[key] = reader.value();
  } while (reader.skip(','));
  if (!reader.skip(' ')) throw new Error('no time');
  const time = reader.rest();
  if (!/^-?\d+$/.test(time)) throw new Error(`no time: "${time}"`);
  const time_ns = BigInt(time);
  // The range of a signed 64-bit integer less what InfluxDB keeps for itself.
  if (time_ns > 9223372036854775806n || time_ns < -9223372036854775806n) throw new Error('time out of range');
  return { measurement, tags, fields, time_ns };
}

/** What a database takes for the same point. */
export const identityOf = ({ measurement, tags, time_ns }: ParsedPoint): string =>
  JSON.stringify([measurement, Object.entries(tags).sort(), String(time_ns)]);

function keyOf(key: string, known: object): string {
  if (key in known) throw new Error(`${key} occurs twice`);
  if (key === 'time' || key.startsWith('_')) throw new Error(`reserved key ${key}`);
  return key;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (/[\n\r\0]/.test(text)) throw new Error('a line break inside a point');
  }

  skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  /** Up to one of `ends` that no backslash stands before. */
  name(ends: string): string {
    let name = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      const next = this.#text[this.#at + 1];
      if (character === '\\' && next !== undefined && ends.includes(next)) {
        name += next;
        this.#at++;
      } else if (ends.includes(character)) break;
      else name += character;
    }
    if (name === '') throw new Error(`an empty name at ${this.#at}`);
    return name;
  }

  value(): ParsedField {
    if (this.skip('"')) return { type: 'string', value: this.#string() };
    const token = /^[^, ]*/.exec(this.rest())![0];
    this.#at += token.length;
    if (/^(t|T|true|True|TRUE|f|F|false|False|FALSE)$/.test(token)) {
      return { type: 'boolean', value: /^t/i.test(token) };
    }
    if (/^-?\d+i$/.test(token)) {
      const integer = BigInt(token.slice(0, -1));
      if (BigInt.asIntN(64, integer) !== integer) throw new Error(`integer out of range: ${token}`);
      return { type: 'integer', value: Number(integer) };
    }
    if (/^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(token) && Number.isFinite(Number(token))) {
      return { type: 'float', value: Number(token) };
    }
    throw new Error(`not a value: "${token}"`);
  }

  #string(): string {
    let value = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      const next = this.#text[this.#at + 1];
      if (character === '"') {
        this.#at++;
        if (Buffer.byteLength(value) > 65_535) throw new Error('a string longer than 64 KB');
        return value;
      }
      if (character === '\\' && (next === '"' || next === '\\')) this.#at++;
      value += this.#text[this.#at];
    }
    throw new Error('a string without an end');
  }
}
