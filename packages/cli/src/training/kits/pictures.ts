// What tasks on pictures share: statistics of the channels.

import type { data } from 'convoke'
import { pictureStatistics } from 'convoke-workbench'
import type { PictureInput, RunConfig } from '../config.ts'
import type { PictureForm } from '../data/opened.ts'

/** The form of pictures with the mean and deviation of each channel. */
export const pictureInput = async (
  set: data.Dataset<{ readonly image: data.Values }>,
  form: PictureForm,
): Promise<PictureInput> => ({ ...form, ...(await pictureStatistics(set, form)) })

export const inputOf = ({ picture }: RunConfig): PictureInput => picture!
