import type { Command } from 'commander'
import { addNetworkOptions, addThreads } from '../options/training-options.ts'

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

export function addScale(program: Command): void {
  const command = program
    .command('scale')
    .summary('predict how fast a network trains on more machines')
    .description(
      `Runs some training steps of a network that classifies pictures, measures how long one rank computes and when its gradients are ready, and predicts training on 1 to 1,024 ranks: time per step, examples per second, efficiency, memory per rank, the share of communication hidden behind computation, and what limits more ranks.

Started by mpirun, it also measures the network between its ranks, and a real step of all of them to compare the prediction with. For other networks and your own data: convoke train … --plan.`,
    )
    .requiredOption('-n, --network <name>', 'resnet18, mobilenetv2, …: what convoke train classify --model takes')
    .option('--model-option <name=value>', 'option of the network, e.g. stem="imagenet"; repeatable', collect, [])
    .option('--size <n>', 'height and width of the pictures', '224')
    .option('--channels <n>', 'channels of the pictures', '3')
    .option('--classes <n>', 'number of classes', '1000')
    .option('-b, --batch-size <n>', 'examples per rank and step', '16')
    .option('--global-batch <n>', 'examples per step, shared among all ranks; instead of --batch-size')
    .option('--sync-batch-norm', 'batch normalisation over the examples of all ranks', false)
    .option('--wire <type>', 'number format in which gradients are sent: float32, bfloat16')
  addNetworkOptions(command)
  addThreads(command)
    .option('--json', 'print as JSON: seconds, bytes, bytes per second', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke scale --network resnet18 --size 32 --batch-size 8 --bandwidth 10Gbit --latency 20us
  $ convoke scale --network mobilenetv2 --size 32 --classes 10 --global-batch 64 --json

On several ranks: mpirun -n 2 npx convoke scale --network resnet18 --size 64`,
    )
    .action(async (options) => {
      const { runScale } = await import('../scale/run.ts')
      await runScale(options)
    })
}
