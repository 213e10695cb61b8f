/** What the reference reads of a JSON Schema. */
export interface KeySchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: KeySchema | boolean;
  readonly items?: KeySchema;
  readonly anyOf?: readonly KeySchema[];
  readonly oneOf?: readonly KeySchema[];
}

interface Row {
  readonly key: string;
  readonly values: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Every key of a configuration as Markdown, one table for each part; made from the schema, so it can't be wrong. */
export function keyReference(schema: KeySchema): string {
  const sections = new Map<string, Row[]>();
  collect(schema, '', sections, '');
  const text = [...sections].map(([title, rows]) => section(title, rows)).join('\n');
  return `# Keys of the configuration\n\nMade from the schema by \`gapwise schema --markdown\`. Any other key is refused.\n\n${text}`;
}

/** Objects are walked; what they hold stands in the section of the nearest list, alternative or top key. */
function collect(schema: KeySchema, path: string, sections: Map<string, Row[]>, title: string): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const key = path ? `${path}.${name}` : name;
    const home = path === '' && property.properties ? name : title;
    const choices = alternatives(property.items ?? property);
    const required = schema.required?.includes(name) ?? false;
    if (property.properties && !property.items) {
      collect(property, key, sections, home);
      continue;
    }
    add(sections, home, row(key, property, required));
    if (property.items?.properties) collect(property.items, `${key}[]`, sections, `${key}[]`);
    for (const { tag, schema: choice } of choices) {
      const place = property.items ? `${key}[]` : key;
      collect(choice, place, sections, `${place} (${tag})`);
    }
    if (typeof property.additionalProperties === 'object')
      collect(property.additionalProperties, `${key}.NAME`, sections, home);
  }
}

/** The kinds of a union whose members are objects, each with the constant that tells it apart. */
function alternatives(schema: KeySchema): { tag: string; schema: KeySchema }[] {
  return (schema.oneOf ?? schema.anyOf ?? []).flatMap((choice) => {
    const tag = Object.entries(choice.properties ?? {}).find(([, { const: value }]) => value !== undefined);
    return tag ? [{ tag: `${tag[0]}: ${String(tag[1].const)}`, schema: choice }] : [];
  });
}

function add(sections: Map<string, Row[]>, title: string, entry: Row): void {
  const rows = sections.get(title) ?? [];
  rows.push(entry);
  sections.set(title, rows);
}

function row(key: string, schema: KeySchema, required: boolean): Row {
  const fallback = schema.default === undefined ? '' : JSON.stringify(schema.default);
  return {
    key,
    values: values(schema),
    fallback: required && fallback === '' ? '**required**' : fallback && `\`${fallback}\``,
    meaning: schema.description ?? schema.items?.description ?? '',
  };
}

function values(schema: KeySchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items) return `list of ${values(schema.items)}`;
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    const tags = alternatives(schema).map(({ tag }) => `\`${tag}\``);
    return tags.length > 0 ? tags.join(', ') : [...new Set(choices.map(values))].join(', ');
  }
  if (schema.type === 'object') return 'map';
  return `${schema.type ?? 'any'}${range(schema)}`;
}

/** Bounds as people write them; the limits of exact integers say nothing. */
function range({ minimum, maximum, exclusiveMinimum }: KeySchema): string {
  const low = minimum ?? exclusiveMinimum;
  const parts = [
    low !== undefined && low > Number.MIN_SAFE_INTEGER
      ? `${exclusiveMinimum === undefined ? '≥' : '>'} ${low}`
      : '',
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `≤ ${maximum}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? ` ${parts.join(', ')}` : '';
}

function section(title: string, rows: readonly Row[]): string {
  const lines = rows.map(
    ({ key, values, fallback, meaning }) =>
      `| \`${key}\` | ${cell(values)} | ${cell(fallback)} | ${cell(meaning)} |`,
  );
  const heading = title === '' ? '## Top' : `## ${title}`;
  return `${heading}\n\n| key | values | default | meaning |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
