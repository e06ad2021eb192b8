"use client";

const base = "https://images.example.com/demo/image/upload";

export default function darkroomLoader({ src, width, quality }) {
  return `${base}/c_limit,w_${width}/f_auto/q_${quality ?? "auto"}/${src}`;
}
