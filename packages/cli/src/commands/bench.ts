import { type Command, Option } from 'commander'

export function addBench(program: Command): void {
  program
    .command('bench')
    .summary('measure a model’s speed, beside other run-times')
    .description(
      `Runs a model file or a run and prints milliseconds per example and memory, by backend, batch and threads, beside onnxruntime-node (for model files) and TF.js (for model.json) if the current folder or that of --beside has them installed. They take turns; times are medians. The table also shows how far their results differ. A network that cannot be compiled runs node by node; a note below the table says so.`,
    )
    .argument('<model>', 'an .onnx file, the model.json of TensorFlow.js, folder of a run or its best.safetensors')
    .option('--batch <list>', 'examples in a run', '1,8')
    .option('--threads <list>', 'threads to compute with', '1,2')
    .option('--backends <list>', 'native, wasm, reference', 'native,wasm')
    .option('--size <n>', 'side of pictures, if the model leaves it open', '224')
    .option('--seconds <n>', 'time for each batch and number of threads', '2')
    .option('--beside <folder>', 'folder whose node_modules has other run-times', '.')
    .option('--no-memory', 'do not measure memory, which takes a process for each row')
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
