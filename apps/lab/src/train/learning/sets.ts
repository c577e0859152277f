// Pictures to learn from and pictures held out to measure by. Both are as the command has them when it reads the run's folder.

import { data } from 'convoke'
import { generatedParts, pictureStatistics, unitPictures } from 'convoke-workbench'
import { digitSide, heldOut, seed, type TrainSettings } from '../settings.ts'
import type { OwnData } from '../task.ts'

export interface Sets {
  /** What the configuration says of the data. */
  readonly source: string
  readonly kind: string
  readonly classes: readonly string[]
  readonly form: { readonly height: number; readonly width: number; readonly channels: 1 | 3 }
  readonly train: data.Dataset<data.ClassifiedPicture>
  readonly test: data.Dataset<data.ClassifiedPicture>
  readonly statistics: Awaited<ReturnType<typeof pictureStatistics>>
  /** Own pictures as files of the run's folder, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** The folder of a run's own pictures. */
export const pictureFolder = 'pictures'

export async function setsOf(settings: TrainSettings, own: OwnData | undefined): Promise<Sets> {
  const parts = own === undefined ? digitParts(settings.examples) : await ownParts(own)
  // The command measures bytes of files and floats of what is generated; both from 0 to 1.
  const statistics = await pictureStatistics(parts.train, parts.form)
  return { ...parts, statistics }
}

function digitParts(count: number): Omit<Sets, 'statistics'> {
  const { train, test } = generatedParts({ count, seed }, (draw) => data.digits({ ...draw, size: digitSide }))
  return {
    ...{ source: 'digits', kind: 'digits drawn by Convoke', classes: train.classes!, files: new Map() },
    form: { height: digitSide, width: digitSide, channels: 1 },
    train: data.cacheDataset(train),
    test: data.cacheDataset(test),
  }
}

async function ownParts(given: OwnData): Promise<Omit<Sets, 'statistics'>> {
  const { height, width, channels } = given
  const form = { height, width, channels }
  const classes = await inOrder(given.classes)
  const bytes: Uint8Array[] = []
  const labels: number[] = []
  const names: string[] = []
  // By class, as folders are listed.
  classes.forEach((name, label) => {
    const was = given.classes.indexOf(name)
    let count = 0
    given.pictures.forEach((picture, i) => {
      if (given.labels[i] !== was) return
      bytes.push(picture)
      labels.push(label)
      names.push(`${name}/${String(++count).padStart(4, '0')}.png`)
    })
  })
  const all: data.Dataset<data.ClassifiedPicture> = {
    ...{ length: bytes.length, classes, labelOf: (i) => labels[i], nameOf: (i) => names[i] },
    get: (i) => ({ image: { shape: [height, width, channels], data: bytes[i] }, label: labels[i] }),
  }
  const [train, test] = data.splitDataset(all, [1 - heldOut, heldOut], { seed })
  const files = new Map<string, Uint8Array>()
  for (const [part, set] of Object.entries({ train, test }))
    for (let i = 0; i < set.length; i++) {
      const { image } = await set.get(i)
      files.set(`${part}/${set.nameOf!(i)}`, image.data as Uint8Array)
    }
  const ready = (set: typeof train) => data.cacheDataset(unitPictures(set))
  return {
    ...{ source: pictureFolder, kind: 'folders of pictures, one per class', classes, form, files },
    ...{ train: ready(train), test: ready(test) },
  }
}

/** Classes in the order in which their folders will be read. */
async function inOrder(classes: readonly string[]): Promise<readonly string[]> {
  const list = async (): Promise<string[]> => classes.map((name) => `${name}/0.png`)
  const read = async (): Promise<Uint8Array> => new Uint8Array(0)
  return [...(await data.classFolders({ name: pictureFolder, list, read })).keys()]
}
