import type { Command } from 'commander'
import { addThreads } from '../options/training-options.ts'

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .summary('use a trained network on pictures, texts or series')
    .description(
      `Uses a run, a folder or its best.safetensors; or a model of another tool that takes one picture: an .onnx file, or the model.json of TensorFlow.js.

classify   a table of classes with their chances for each picture
segment    a picture with the classes laid over it for each picture, in --out
detect     a picture with boxes for each picture, in --out
text       each INPUT is a text, a file with a text in each line, or - for the standard input
sequence   each INPUT is a .csv or .tsv with a series in each row
generate   draws --count pictures on one sheet, --out; takes no INPUT

Pictures are files, folders, or patterns such as "photos/**/*.jpg". They are brought to the size of training; with --own-size, and for pixels and boxes where training kept its pictures' sizes, each keeps its own. A picture that cannot be read is named and left out; the exit code is then 1.`,
    )
    .argument('<run>', 'folder of the run, its best.safetensors, an .onnx model or a model.json')
    .argument('[inputs...]', 'what to read')
    .option('-o, --out <path>', 'folder for pictures; for generate the sheet', 'predictions')
    .option('--top <n>', 'classes listed for each input', '3')
    .option('--threshold <score>', 'least score of a box', '0.35')
    .option('--masks', 'write the classes of pixels as well, as grey values 0, 1, 2, …', false)
    .option('--own-size', 'keep the size of each picture', false)
    .option('--count <n>', 'pictures to draw', '64')
    .option('--seed <n>', 'determines what is drawn', '0')
    .option('--encoding <name>', 'of files of texts or series: utf-8, gb18030, shift_jis, latin1 … (that of training)')
    .option('--labels <file>', 'of a model: its classes, one a line')
    .option('--size <size>', 'of a model: pictures are brought to it, 224 or 480x640; that of the model')
    .option('--fit <how>', 'of a model: crop keeps the middle, stretch the whole picture (default crop)')
    .option('--mean <numbers>', 'of a model: subtracted, one or one a channel (0.485,0.456,0.406)')
    .option('--std <numbers>', 'of a model: divided by, after that (0.229,0.224,0.225)')
    .option('--range <number>', 'of a model: pictures go from 0 to it (default 1; 255 for many)')
    .option('--order <order>', 'of a model: channels as rgb or bgr (default rgb)')
    .option('--preprocess <file>', 'of a model: a JSON file with size, fit, mean, std, range, order, labels')
  addThreads(command)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke train text --data sentences --examples 2000 --epochs 5 --out runs/moods
  $ convoke predict runs/moods "the film is not bad ." "a dull story ."
  $ convoke predict runs/moods "what a moving script !" --json
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
