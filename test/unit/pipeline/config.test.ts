import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultPipelineConfig, pipelineSchema } from '../../../src/config/pipeline.ts';

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
}

function undescribed(node: Node, path = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    ...(child.description ? [] : [`${path}${key}`]),
    ...undescribed(child, `${path}${key}.`),
  ]);
}

describe('configuration of the pipeline', () => {
  it('needs nothing, and says of every key what it is for', () => {
    expect(defaultPipelineConfig().pairing.method).toBe('web-length');
    expect(undescribed(z.toJSONSchema(pipelineSchema, { io: 'input' }) as Node)).toEqual([]);
  });

  it('refuses unknown keys', () => {
    expect(() => pipelineSchema.parse({ pairing: { web_lenght_m: 3 } })).toThrow('web_lenght_m');
  });
});
