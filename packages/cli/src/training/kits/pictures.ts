// What tasks on pictures share: statistics of the channels, and whether pictures have an up and a down.

import type { data } from 'convoke'
import { pictureStatistics, uprightness } from 'convoke-workbench'
import type { PictureInput, RunConfig, Training } from '../config.ts'
import type { PictureForm } from '../data/opened.ts'
import { nothingObserved, type Observed } from './kit.ts'

/** The form of pictures with the mean and deviation of each channel. */
export const pictureInput = async (
  set: data.Dataset<{ readonly image: data.Values }>,
  form: PictureForm,
): Promise<PictureInput> => ({ ...form, ...(await pictureStatistics(set, form)) })

export const inputOf = ({ picture }: RunConfig): PictureInput => picture!

/** Pictures without an up and a down are turned and mirrored every way. */
export async function turnsFor(
  set: Parameters<typeof uprightness>[0],
  { augment }: Partial<Training>,
): Promise<Observed> {
  if (augment !== undefined) return nothingObserved
  const { isUpright, asked } = await uprightness(set)
  if (isUpright) return nothingObserved
  return {
    training: { augment: 'turns' },
    notes: [
      `pictures are turned and mirrored every way at random: nothing in ${asked} of them tells top from bottom. --augment flips only mirrors them left to right.`,
    ],
  }
}
