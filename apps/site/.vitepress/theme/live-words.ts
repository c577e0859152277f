// The words around examples that run.

export interface LiveWords {
  readonly example: string
  readonly run: string
  readonly stop: string
  readonly edit: string
  readonly editor: string
  readonly restore: string
  readonly running: string
  readonly stopped: string
  readonly picture: string
  readonly line: (line: number) => string
  readonly done: (backend: string, milliseconds: number) => string
}

const time = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`

export const liveWords: Readonly<Record<'en' | 'zh', LiveWords>> = {
  en: {
    example: 'Example that runs in the page',
    run: 'Run',
    stop: 'Stop',
    edit: 'Edit',
    editor: 'Code of the example; Ctrl-Enter runs it',
    restore: 'Restore',
    running: 'Running…',
    stopped: 'Stopped',
    picture: 'Picture computed by the example',
    line: (line) => `line ${line}`,
    done: (backend, milliseconds) => `${time(milliseconds)} on ${backend}, in your browser`,
  },
  zh: {
    example: '可在页面里运行的示例',
    run: '运行',
    stop: '停止',
    edit: '修改',
    editor: '示例代码；按 Ctrl-Enter 运行',
    restore: '还原',
    running: '运行中……',
    stopped: '已停止',
    picture: '示例算出的图片',
    line: (line) => `第 ${line} 行`,
    done: (backend, milliseconds) => `${time(milliseconds)}，在你的浏览器里由 ${backend} 计算`,
  },
}
