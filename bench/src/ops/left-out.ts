// Functions that the package exports and the benchmark does not time, and why.

const view = 'only says the shape anew'
const noWork = 'computes nothing: it says where and how others compute'
const composed = 'is composed of ops that are timed'
const noOp = 'makes what other functions are called with'

export const leftOut: Readonly<Record<string, string>> = {
  compile: 'of whole networks: --networks',
  compileGradients: 'of whole training steps: --train-step',
  ...{ reshape: view, expandDims: view, squeeze: view },
  ...{ Tensor: noOp, ConvokeError: noOp, createReferenceBackend: noOp, deriveSeed: noOp, randomSource: noOp },
  tensor: 'copies what JavaScript holds, which no peer does alike',
  ...{ backends: noWork, currentBackend: noWork, useBackend: noWork, setThreads: noWork },
  ...{ startThreads: noWork, threads: noWork, registerBackend: noWork },
  ...{ explainPlan: noWork, explainCorrelate: noWork, engineFallbacks: noWork, fmaPeak: noWork, memory: noWork },
  ...{ gradients: noWork, valueAndGradients: noWork, withoutGradients: noWork, scope: noWork, keep: noWork },
  ...{ customGradient: noWork, defineOp: noWork },
  fromPixels: 'copies what a page holds, which no peer does alike',
  toPixels: 'copies what a page shows, which no peer does alike',
  depthwiseConv: 'is timed under its names of one, two and three axes',
  ...{ isClose: composed, allClose: composed, median: composed, unstack: composed },
  ...{ tril: composed, triu: composed, eye: composed, onesLike: composed, zerosLike: composed },
  extremes: 'gives two numbers to JavaScript, as no peer does',
}
