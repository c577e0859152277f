// What the browser or the host lacks, in a sentence each. Loaded where there is something to say.

import { defineMessages } from '../words/language.ts'
import type { Lack } from './lacks.ts'

const messages = defineMessages<Record<Lack, string>>(
  {
    simd: 'This browser has no SIMD in WebAssembly, so everything is computed by plain loops, many times more slowly. Small pictures and networks are fine; a newer browser is fast.',
    isolation:
      'One thread computes here: this host does not isolate the page (COOP and COEP), so the browser gives it no shared memory. “convoke lab” on your own machine uses all cores.',
  },
  {
    simd: '此浏览器的 WebAssembly 不支持 SIMD，只能用普通循环计算，会慢很多倍。小图片和小网络没有问题；换用新版浏览器会快得多。',
    isolation:
      '这里只用一个线程计算：主机没有对页面启用跨源隔离（COOP 和 COEP），浏览器因此不提供共享内存。在自己的电脑上运行 convoke lab 可以用上全部核心。',
  },
)

export function Lacking({ lack }: { readonly lack: Lack }) {
  const text = messages()[lack]
  return lack === 'simd' ? (
    <p class="notice" role="status">
      {text}
    </p>
  ) : (
    <p class="hint lacking">{text}</p>
  )
}
