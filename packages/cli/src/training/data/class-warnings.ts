// Classes that look like slips of the pen: the same name twice, or none at all.

/** What is the same to a reader: what is not seen, upper case, spaces and forms of width set apart. Single letters keep their case. */
function folded(name: string): string {
  const plain = name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/[\s_]+/g, ' ')
    .trim()
  return plain.length < 2 ? plain : plain.toLowerCase()
}

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
          `${quoted(names)} are ${names.length} classes, whose names hardly differ. If they are one class, spell its name the same way.`,
      ),
    ...(absent.length === 0
      ? []
      : [
          `${quoted(absent)} ${absent.length === 1 ? 'is' : 'are'} read as a class. If ${absent.length === 1 ? 'it stands' : 'they stand'} for a missing value, leave its examples out.`,
        ]),
  ]
}

interface Labelled {
  readonly length: number
  readonly labelOf?: ((index: number) => number) | undefined
  readonly labelsOf?: ((index: number) => readonly number[]) | undefined
}

/** The labels that a part has examples of, boxes or pixels; undefined where they are not known without reading it. */
export function labelsIn({ length, labelOf, labelsOf }: Labelled): ReadonlySet<number> | undefined {
  if (labelOf === undefined && labelsOf === undefined) return undefined
  const found = new Set<number>()
  for (let index = 0; index < length; index++) {
    if (labelOf !== undefined) found.add(labelOf(index))
    else for (const label of labelsOf!(index)) found.add(label)
  }
  return found
}

/** What is said of classes that occur in a part and not in the training: they cannot be learnt. */
export function unlearntWarnings(
  classes: readonly string[],
  known: ReadonlySet<number> | undefined,
  parts: Readonly<Record<string, ReadonlySet<number> | undefined>>,
): string[] {
  if (known === undefined || known.size === 0) return []
  return Object.entries(parts).flatMap(([part, labels = new Set<number>()]) => {
    const strange = [...labels].filter((label) => !known.has(label)).sort((a, b) => a - b)
    const names = strange.slice(0, 3).map((label) => `“${classes[label]}”`)
    const list = `${names.join(', ')}${strange.length > 3 ? ', …' : ''}`
    return strange.length === 0
      ? []
      : [
          `${list} ${strange.length === 1 ? 'is a class that occurs' : 'are classes that occur'} in ${part} and not in the training: ${strange.length === 1 ? 'it' : 'they'} cannot be learnt, and examples of ${strange.length === 1 ? 'it' : 'them'} count as errors.`,
        ]
  })
}
