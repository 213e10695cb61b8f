import { InvalidArgumentError } from 'commander';

/** `75,100,200` → [75, 100, 200]; for commander's option parsers. */
export function numberList(text: string): number[] {
  const numbers = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
  if (numbers.length === 0 || numbers.some((n) => !Number.isFinite(n))) {
    throw new InvalidArgumentError(`"${text}" is not a list of numbers such as 75,100,200.`);
  }
  return numbers;
}

export function finiteNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new InvalidArgumentError(`"${text}" is not a number.`);
  return number;
}

export function positiveInteger(text: string): number {
  const number = finiteNumber(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError(`"${text}" is not an integer above 0.`);
  return number;
}

/** Also 0, for what can be left out. */
export function countFromZero(text: string): number {
  const number = finiteNumber(text);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError(`"${text}" is not an integer from 0.`);
  return number;
}

/** A probability that is neither impossible nor certain. */
export function share(text: string): number {
  const number = finiteNumber(text);
  if (!(number > 0 && number < 1)) throw new InvalidArgumentError(`"${text}" is not between 0 and 1.`);
  return number;
}

/** `COLUMN=VALUE` → [column, value]; a value that reads as a number becomes one. */
export function columnEquals(text: string): { column: string; value: string | number } {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`"${text}" is not of the form COLUMN=VALUE.`);
  const value = text.slice(at + 1).trim();
  const number = Number(value);
  return {
    column: text.slice(0, at).trim(),
    value: value !== '' && Number.isFinite(number) ? number : value,
  };
}
