import type { Command } from 'commander'
import { addPreprocessing } from '../options/preprocessing-options.ts'
import { addTestTime, addThreads } from '../options/training-options.ts'

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .summary('use a trained network on pictures, texts or series')
    .description(
      `Uses a run (its folder or best.safetensors), or another tool’s model that takes one picture: an .onnx file, or the model.json of TensorFlow.js.

classify   a table of classes with their probabilities for each picture
segment    each picture with its classes laid over it, in --out
detect     each picture with its boxes, in --out
text       each INPUT is a text, a file with a text in each line, or - for the standard input
sequence   each INPUT is a .csv or .tsv with a series in each row
generate   draws --count pictures on one sheet, --out; takes no INPUT

Pictures are files, folders, or patterns such as "photos/**/*.jpg". They are resized as in training. With --own-size each keeps its own size, and so it does for segment and detect if training kept sizes. A picture that cannot be read is named and skipped; the exit code is then 1.`,
    )
    .argument('<run>', 'folder of the run, its best.safetensors, an .onnx model or a model.json')
    .argument('[inputs...]', 'what to read')
    .option('-o, --out <path>', 'folder for pictures; file of the sheet for generate', 'predictions')
    .option('--top <n>', 'classes listed for each input', '3')
    .option('--threshold <score>', 'lowest score of a box', '0.35')
    .option('--masks', 'also write masks with classes as grey values 0, 1, 2, …', false)
    .option('--own-size', 'keep the size of each picture', false)
    .option('--count <n>', 'pictures to draw', '64')
    .option('--seed <n>', 'seed of what is drawn', '0')
    .option('--csv <file>', 'also write the results as a table with all their digits: .csv')
    .option(
      '--encoding <name>',
      'encoding of text files: utf-8, gb18030, shift_jis, latin1 … (default: as in training)',
    )
    .option('--size <size>', 'for a model file: resize pictures to this, 224 or 480x640 (default: as the model says)')
  addPreprocessing(command, 'its classes, one per line')
  addTestTime(command)
  addThreads(command)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke train text --data sentences --examples 2000 --epochs 5 --out runs/moods
  $ convoke predict runs/moods "the film is not bad ." "a dull story ."
  $ convoke predict runs/moods "what a moving script !" --json
  $ convoke predict runs/moods "a dull story ." --csv moods.csv
  $ convoke train segment --data shapes --examples 16 --epochs 1 --size 32 --out runs/outlines
  $ convoke apply scene --kernel identity -o scene.png
  $ convoke predict runs/outlines "*.png" --out found
  $ convoke predict model.onnx scene.png --size 64 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225`,
    )
    .action(async (run: string, inputs: string[], options) => {
      const { runPredict } = await import('../predict/run.ts')
      await runPredict(run, inputs, options)
    })
}
