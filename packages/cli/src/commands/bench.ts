import { type Command, Option } from 'commander'

export function addBench(program: Command): void {
  program
    .command('bench')
    .summary('how long a model takes, beside other run-times')
    .description(
      `Runs a model file or a run and prints milliseconds for each example and memory, by backend, batch and threads, beside onnxruntime-node (on model files) and TF.js (on model.json) where the current folder or that of --beside has them installed. All take turns; the figure is the median. How far their results differ is shown as well. A network that cannot be compiled runs node by node, which is said below the table.`,
    )
    .argument('<model>', 'an .onnx file, the model.json of TensorFlow.js, folder of a run or its best.safetensors')
    .option('--batch <list>', 'examples in a run', '1,8')
    .option('--threads <list>', 'threads to compute with', '1,2')
    .option('--backends <list>', 'native, wasm, reference', 'native,wasm')
    .option('--size <n>', 'side of pictures, where the model leaves it open', '224')
    .option('--seconds <n>', 'time for each batch and number of threads', '2')
    .option('--beside <folder>', 'folder whose node_modules has other run-times', '.')
    .option('--no-memory', 'leave out the memory, which needs a process each')
    .option('--json', 'print as JSON', false)
    .addOption(new Option('--probe <setting>').hideHelp())
    .addHelpText(
      'after',
      `
Examples:
  $ convoke bench model.onnx --size 64 --seconds 0.1 --batch 1
  $ convoke bench model.onnx --size 32 --seconds 0.1 --backends native --json`,
    )
    .action(async (model: string, options) => {
      const { runBench } = await import('../bench/run.ts')
      await runBench(model, options)
    })
}
