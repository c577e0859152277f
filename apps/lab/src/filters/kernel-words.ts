// What the gallery's kernels and their parameters are called. In English the gallery says it itself.

import type { GalleryKernel } from 'convoke-workbench'
import { language } from '../words/language.ts'

export const summariesZh: Readonly<Record<string, string>> = {
  identity: '保持图片原样',
  box: '方形区域的平均：最朴素的模糊',
  tent: '从中心向外线性减弱的平均（相当于两次方形平均）',
  pyramid: '二项式模糊，默认为 1 4 6 4 1（Burt 与 Adelson，1983）',
  gaussian: '最平滑的模糊：钟形曲线',
  disk: '失焦：每个点变成一个圆盘',
  motion: '相机沿直线抖动',
  sharpen: '图片减去它的拉普拉斯：锐化',
  'sharpen-8': '同样的锐化，考虑全部八个邻居，更强',
  unsharp: '反锐化掩模：加回高斯模糊去掉的细节',
  'high-pass': '图片减去局部平均：只留细节',
  emboss: '在图片上加浮雕，光从右下方来',
  relief: '只有浮雕，底色为中灰',
  'sobel-x': 'Sobel：从左到右的变化',
  'sobel-y': 'Sobel：从上到下的变化',
  'sobel-45': 'Sobel：朝右上方的变化',
  'sobel-135': 'Sobel：朝左上方的变化',
  'scharr-x': 'Scharr，比 Sobel 更接近各向同性：从左到右的变化',
  'scharr-y': 'Scharr，比 Sobel 更接近各向同性：从上到下的变化',
  'prewitt-x': 'Prewitt：从左到右的变化',
  'prewitt-y': 'Prewitt：从上到下的变化',
  'roberts-x': 'Roberts 交叉：沿下降的对角线',
  'roberts-y': 'Roberts 交叉：沿上升的对角线',
  'difference-x': '中心差分：从左到右的变化',
  'difference-y': '中心差分：从上到下的变化',
  kirsch: 'Kirsch 罗盘：朝八个方向之一的边缘',
  robinson: 'Robinson 罗盘：转到八个方向之一的 Sobel',
  'gaussian-dx': '平滑后从左到右的变化',
  'gaussian-dy': '平滑后从上到下的变化',
  laplacian: '四邻域拉普拉斯：亮点处为负',
  'laplacian-8': '八邻域拉普拉斯',
  edge: '各个方向的边缘：拉普拉斯，亮处为正',
  outline: '轮廓：八邻域拉普拉斯，亮处为正',
  log: '高斯拉普拉斯：某一尺度的斑点与边缘（Marr 与 Hildreth，1980）',
  dog: '高斯差：两个尺度之间的细节',
  'line-h': '一像素宽的亮线，水平',
  'line-v': '一像素宽的亮线，竖直',
  'line-45': '一像素宽的亮线，向右上升',
  'line-135': '一像素宽的亮线，向右下降',
  ridge: '指定宽度与方向的亮线：高斯的二阶导数',
  gabor: '高斯窗内的波：某一方向和宽度的纹理',
}

export const parametersZh: Readonly<Record<string, string>> = {
  sigma: '标准差',
  fine: '细尺度',
  coarse: '粗尺度',
  size: '边长',
  radius: '半径',
  length: '长度',
  angle: '角度',
  amount: '强度',
  wavelength: '波长',
}

export const summaryOf = ({ name, summary }: GalleryKernel): string =>
  language.value === 'zh' ? (summariesZh[name] ?? summary) : summary

export const parameterWord = (name: string): string => (language.value === 'zh' ? (parametersZh[name] ?? name) : name)
