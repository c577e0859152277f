// Classes that look like slips of the pen: the same name twice, or none at all.

/** What is the same to a reader: upper case, spaces and forms of width set apart. Of single letters each is its own. */
const folded = (name: string): string =>
  name.length < 2
    ? name
    : name
        .normalize('NFKC')
        .toLowerCase()
        .replace(/[\s_]+/g, ' ')
        .trim()

/** What programs write for a value that is not there. */
const missing = /^(nan|null|n\/?a|#n\/a|<na>|undefined)$/i

/** What is said of names of classes that may not be meant; every one of them is a class all the same. */
export function classWarnings(classes: readonly string[]): string[] {
  const groups = new Map<string, string[]>()
  for (const name of classes) groups.set(folded(name), [...(groups.get(folded(name)) ?? []), name])
  const alike = [...groups.values()].filter((names) => names.length > 1)
  const absent = classes.filter((name) => missing.test(name.trim()))
  const quoted = (names: readonly string[]): string => names.map((name) => `“${name}”`).join(' and ')
  return [
    ...alike
      .slice(0, 5)
      .map(
        (names) =>
          `${quoted(names)} are ${names.length} classes, whose names hardly differ. If they are one class, spell its name one way.`,
      ),
    ...(absent.length === 0
      ? []
      : [
          `${quoted(absent)} ${absent.length === 1 ? 'is a class' : 'are classes'} by name. If ${absent.length === 1 ? 'it stands' : 'they stand'} for a missing value, leave its examples out.`,
        ]),
  ]
}

interface Labelled {
  readonly length: number
  readonly labelOf?: ((index: number) => number) | undefined
}

/** What is said of classes that a part has examples of and the training none: they cannot be learnt. */
export function unlearntWarnings(
  classes: readonly string[],
  train: Labelled,
  parts: Readonly<Record<string, Labelled | null>>,
): string[] {
  const labelsOf = ({ length, labelOf }: Labelled): Set<number> =>
    new Set(labelOf === undefined ? [] : Array.from({ length }, (_, index) => labelOf(index)))
  const known = labelsOf(train)
  if (known.size === 0) return []
  return Object.entries(parts).flatMap(([part, set]) => {
    const strange = set === null ? [] : [...labelsOf(set)].filter((label) => !known.has(label))
    const names = strange.slice(0, 3).map((label) => `“${classes[label]}”`)
    const list = `${names.join(', ')}${strange.length > 3 ? ', …' : ''}`
    return strange.length === 0
      ? []
      : [
          `${list} ${strange.length === 1 ? 'is a class' : 'are classes'} of ${part} without an example in the training: ${strange.length === 1 ? 'it' : 'they'} cannot be learnt, and ${strange.length === 1 ? 'its' : 'their'} examples count as wrong.`,
        ]
  })
}
