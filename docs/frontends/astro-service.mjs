const base = "https://images.example.com/demo/image/upload";

function url({ src, width, height, format, quality }) {
  const size = [width && `w_${width}`, height && `h_${height}`].filter(Boolean).join(",");
  const crop = width && height ? "c_fill,g_auto" : "c_limit";
  const steps = [size && `${crop},${size}`, `f_${format ?? "auto"}`, `q_${quality ?? "auto"}`];
  return [base, ...steps.filter(Boolean), src.replace(/^\//, "")].join("/");
}

export default {
  getURL: url,
  getSrcSet: ({ width, height, widths = [width, 1.5 * width, 2 * width], ...rest }) =>
    (width ? widths : []).map((wide) => {
      const [across, down] = [Math.round(wide), height && Math.round((height * wide) / width)];
      const transform = { ...rest, width: across, height: down };
      return { transform, url: url(transform), descriptor: `${across}w`, attributes: {} };
    }),
  getHTMLAttributes: ({ src, widths, format, quality, ...attributes }) => ({
    loading: "lazy",
    decoding: "async",
    ...attributes,
  }),
};
