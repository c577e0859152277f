// Data of the other kinds, through the same readers that training uses.

import { data } from 'convoke'
import { counted } from '../../terminal/words.ts'
import { maskFacts } from '../../training/data/mask-notes.ts'
import { textKey } from '../../training/data/twins.ts'
import { type Examples, type Opened, type OpenOptions, openData, type TaskName } from '../../training/open-data.ts'
import {
  balanceProblems,
  type Count,
  type Finding,
  type PartFinding,
  type Shown,
  sizeName,
  spread,
  Tally,
} from './finding.ts'
import { refusalOf } from './refusal.ts'

type Part<E extends object> = readonly [name: string, set: data.Dataset<E>]

/** What is known of a part once all of it was looked at. */
interface Looked {
  readonly classes: readonly Count[]
  readonly problems: readonly string[]
}

/** Counts the sizes of its pictures, and what it is to teach. */
type Look<E extends object> = (part: Part<E>, classes: readonly string[], sizes: Tally) => Promise<Looked>

const labelled: Look<data.ClassifiedPicture> = async ([, set], classes, sizes) => {
  const tally = new Tally(classes)
  for (let i = 0; i < set.length; i++) {
    const { image, label } = await set.get(i)
    sizes.add(sizeName(image))
    tally.add(classes[label])
  }
  return { classes: tally.list(), problems: [] }
}

const masked: Look<data.MaskedPicture> = async ([, set], classes, sizes) => {
  const tally = new Tally(classes)
  for (let i = 0; i < set.length; i++) {
    const { image, mask } = await set.get(i)
    sizes.add(sizeName(image))
    for (const label of new Set(mask.data)) if (label !== data.ignoredLabel) tally.add(classes[label])
  }
  return { classes: tally.list(), problems: [] }
}

const boxed: Look<data.BoxedPicture> = async ([, set], classes, sizes) => {
  const tally = new Tally(classes)
  const problems: string[] = []
  for (let i = 0; i < set.length; i++) {
    const { image, boxes } = await set.get(i)
    const [height, width] = image.shape
    const name = set.nameOf?.(i) ?? `example ${i + 1}`
    sizes.add(sizeName(image))
    for (const box of boxes) {
      if (!box.ignore) tally.add(classes[box.label])
      const [left, top] = [box.x - box.width / 2, box.y - box.height / 2]
      // The annotation may state another size than the picture has.
      if (left < -0.5 || top < -0.5 || left + box.width > width + 0.5 || top + box.height > height + 0.5)
        problems.push(
          `${name}: a box of ${classes[box.label]} reaches outside the picture of ${width}×${height} pixels.`,
        )
    }
    if (boxes.every(({ ignore }) => ignore))
      problems.push(`${name}: no boxes${boxes.length === 0 ? '' : ' but those marked as crowds or difficult'}.`)
  }
  return { classes: tally.list(), problems }
}

const texts: Look<data.LabelledText> = async ([, set], classes) => {
  const tally = new Tally(classes)
  for (let i = 0; i < set.length; i++) tally.add(classes[(await set.get(i)).label])
  return { classes: tally.list(), problems: [] }
}

const series: Look<data.SequencePair> = async ([, set], classes) => {
  const tally = new Tally(classes)
  for (let i = 0; classes.length > 0 && i < set.length; i++) tally.add(classes[(await set.get(i)).target.data[0]])
  return { classes: tally.list(), problems: [] }
}

const looks: { readonly [T in TaskName]: Look<Examples[T]> } = {
  ...{ classify: labelled, generate: labelled, segment: masked, detect: boxed, text: texts, sequence: series },
}

/** Opens the data for `task` and looks at all of it. Throws `ConvokeError` where it cannot be opened. */
export async function inspectOpened<T extends TaskName>(task: T, path: string, options: OpenOptions): Promise<Finding> {
  let opened: Opened<Examples[T]>
  try {
    opened = await openData(task, path, { size: 'own', ...options, validation: 0, test: 0 })
  } catch (error) {
    if (error instanceof data.NothingUsable && error.problems.length > 0) return nothing(task, error)
    throw error
  }
  const { train, validation, test, classes } = opened
  const sets: Part<Examples[T]>[] = [
    [validation === null && test === null ? 'all' : 'train', train],
    ...(validation === null ? [] : [['validation', validation] as const]),
    ...(test === null ? [] : [['test', test] as const]),
  ]
  const sizes = new Tally()
  const { notes = [], warnings = [] } = opened
  const problems = [...warnings, ...opened.problems, ...(opened.strays ?? [])]
  const parts: PartFinding[] = []
  for (const set of sets) {
    const looked = await looks[task](set, classes, sizes)
    const part = { part: set[0], examples: set[1].length, classes: looked.classes }
    parts.push(part)
    const balance = balanceProblems(part, task === 'detect' ? 'boxes' : 'examples')
    for (const problem of [...looked.problems, ...balance]) problems.push(problem)
  }
  return {
    ...{ kind: opened.kind, task, parts, sizes: sizes.byCount(), problems },
    refusal: refusalOf(task, path, opened, options),
    counted: task === 'detect' ? 'boxes' : task === 'segment' ? 'pictures with it' : 'examples',
    facts: [...maskFacts(opened.masks), ...notes.map(withoutPeriod), ...(await factsOf(task, train))],
    show: (most) => show(task, train, classes, most),
  }
}

/** Facts end without a full stop. */
const withoutPeriod = (note: string): string => note.replace(/\.$/, '')

/** What is found where every row is faulty. */
const nothing = (task: TaskName, { problems, message }: data.NothingUsable): Finding => ({
  ...{
    kind: task === 'detect' ? 'boxes of which none can be used' : 'a table of which no row can be used',
    task,
    parts: [{ part: 'all', examples: 0, classes: [] }],
  },
  ...{ counted: 'examples', sizes: [], facts: [], problems, refusal: message },
  show: async () => [],
})

async function factsOf<T extends TaskName>(task: T, set: data.Dataset<Examples[T]>): Promise<string[]> {
  if (task === 'sequence') {
    const { input } = (await set.get(0)) as data.SequencePair
    const [steps, channels = 1] = input.shape
    return [`series of ${counted(steps, 'step')}${channels > 1 ? ` and ${channels} channels` : ''}`]
  }
  if (task !== 'text') return []
  const all = await Promise.all(
    Array.from({ length: set.length }, async (_, i) => ((await set.get(i)) as data.LabelledText).text),
  )
  const lengths = all.map((text) => [...text].length).sort((a, b) => a - b)
  const counts = new Map<string, number>()
  for (const text of all) counts.set(textKey(text), (counts.get(textKey(text)) ?? 0) + 1)
  const twins = [...counts.values()].filter((count) => count > 1).length
  const [shortest, longest] = [lengths[0], lengths[lengths.length - 1]]
  return [
    shortest === longest
      ? `${longest} ${longest === 1 ? 'character' : 'characters'} each`
      : `${shortest} to ${longest} characters, half of them up to ${lengths[Math.floor(lengths.length / 2)]}`,
    ...(twins === 0 ? [] : [`${counted(twins, 'text')} ${twins === 1 ? 'occurs' : 'occur'} more than once`]),
  ]
}

async function show<T extends TaskName>(
  task: T,
  set: data.Dataset<Examples[T]>,
  classes: readonly string[],
  most: number,
): Promise<Shown[]> {
  if (task === 'text' || task === 'sequence') return []
  return Promise.all(
    spread(set.length, most).map(async (index) => {
      const example = (await set.get(index)) as Partial<data.ClassifiedPicture & data.MaskedPicture & data.BoxedPicture>
      const { image, label, mask, boxes } = example
      const file = set.nameOf?.(index)?.replace(/^.*\//, '')
      const name = label !== undefined ? classes[label] : (file ?? '')
      return {
        image: image!,
        name,
        ...(label !== undefined && { file }),
        ...(mask && { mask }),
        ...(boxes && { boxes }),
      }
    }),
  )
}
