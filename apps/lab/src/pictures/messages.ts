// What is said of pictures that somebody brings.

import { defineMessages } from '../words/language.ts'

export const pictureMessages = defineMessages(
  {
    open: 'Open a picture …',
    /** Of a picture that is shown. */
    own: (width: number, height: number) => `Your picture, ${width} × ${height}. It stays on this machine.`,
    noPicture:
      'This file is not a picture that the browser can open, or it is damaged. PNG, JPEG, WebP, AVIF and GIF work.',
    tooLarge: (megapixels: number) =>
      `This picture has ${megapixels} megapixels; the page opens up to 64. Make it smaller first.`,
    camera: 'Use the camera',
    stopCamera: 'Stop the camera',
    noCamera:
      'The camera could not be used: there is none, another program has it, or the browser was not allowed to. A file works as well.',
  },
  {
    open: '打开图片……',
    own: (width, height) => `你的图片，${width} × ${height}。图片不会离开这台机器。`,
    noPicture: '浏览器打不开这个文件：它不是图片，或者已损坏。支持 PNG、JPEG、WebP、AVIF 和 GIF。',
    tooLarge: (megapixels) => `这张图片有 ${megapixels} 百万像素，页面最多打开 64 百万像素。请先缩小。`,
    camera: '使用摄像头',
    stopCamera: '关闭摄像头',
    noCamera: '无法使用摄像头：没有摄像头、被其他程序占用，或者浏览器未获允许。也可以打开图片文件。',
  },
)
