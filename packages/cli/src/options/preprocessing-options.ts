// How pictures are prepared for a model file, as typed.

import type { Command } from 'commander'

/** Adds what says how pictures are prepared for a model from elsewhere; `labels` is the help of the file that names its classes. */
export const addPreprocessing = (command: Command, labels: string): Command =>
  command
    .option('--labels <file>', `for a model file: ${labels}`)
    .option('--fit <how>', 'for a model file: crop keeps the middle, stretch the whole picture (default crop)')
    .option('--mean <numbers>', 'for a model file: subtracted from each channel, e.g. 0.485,0.456,0.406')
    .option('--std <numbers>', 'for a model file: then each channel is divided by this, e.g. 0.229,0.224,0.225')
    .option('--range <number>', 'for a model file: value of white (default 1; 255 for many models)')
    .option('--order <order>', 'for a model file: channels as rgb or bgr (default rgb)')
    .option('--preprocess <file>', 'for a model file: a JSON file with size, fit, mean, std, range, order, labels')
