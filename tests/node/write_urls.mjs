// Asks every client library, set up as docs/frontends.md says, for URLs; prints what they wrote and the size it must have.
//
//   node write_urls.mjs PUBLIC_ID WIDTH HEIGHT      the original's id and size in pixels
//
// Run in a folder that holds the packages, with the snippets in ./frontends.

import { getImage } from "./node_modules/astro/dist/assets/internal.js";
import nuxtProvider from "./node_modules/@nuxt/image/dist/runtime/providers/cloudinary.js";
import { constructCloudinaryUrl } from "@cloudinary-util/url-loader";
import { v2 as cloudinary } from "cloudinary";
import { getImageProps } from "next/image.js";

process.env.NEXT_PUBLIC_CLOUDINARY_CLOUD_NAME = "demo";
const [id, ownWidth, ownHeight] = [process.argv[2], +process.argv[3], +process.argv[4]];
const written = [];

const expect = (client, url, width, height) => written.push({ client, url, width, height });
const limited = (width) =>
  width >= ownWidth ? [ownWidth, ownHeight] : [width, Math.round((ownHeight * width) / ownWidth)];
const candidates = (srcset) => srcset.split(", ").map((one) => one.trim().split(" "));

// next/image with a loader of one's own
const { default: loader } = await import("./frontends/next-loader.js");
const { default: nextConfig } = await import("./frontends/next.config.mjs");
const next = getImageProps({ src: id, width: 400, height: 300, alt: "", loader, sizes: "50vw" });
for (const [url, wide] of candidates(next.props.srcSet)) {
  expect("next/image", url, ...limited(parseInt(wide)));
}
for (const width of [...nextConfig.images.imageSizes, ...nextConfig.images.deviceSizes]) {
  expect("next/image, configured", loader({ src: id, width, quality: 75 }), ...limited(width));
}

// one function each
for (const client of ["next-cloudinary", "unpic", "cloudinary-node", "url-gen"]) {
  const { card } = await import(`./frontends/${client}.js`);
  expect(client, card(id), 400, 300);
}

// what next-cloudinary, astro-cloudinary and Nuxt's Cloudinary module all write with
const { darkroom } = await import("./frontends/next-cloudinary.js");
const loaded = (options) =>
  constructCloudinaryUrl({ options: { src: id, ...options }, config: { cloud: { cloudName: "demo" }, ...darkroom } });
expect("url-loader", loaded({ width: 320 }), ...limited(320));
expect("url-loader, thumb", loaded({ width: 100, height: 100, crop: "thumb", gravity: "auto" }), 100, 100);
expect("url-loader, two crops", loaded({ width: 100, crop: [{ type: "fill", width: 200, height: 100, source: true }, { type: "limit" }] }), 100, 50);
expect(
  "url-loader, text",
  loaded({ width: 400, height: 300, crop: "fill", overlays: [{
    text: { text: "Hi, there", fontFamily: "Source Sans Pro", fontSize: 40, color: "white" },
    position: { gravity: "south_east", x: 10, y: 20 },
  }] }),
  400, 300,
);
expect("url-loader, blur", loaded({ width: 200, blur: 800, quality: 1 }), ...limited(200));

// the Node SDK's srcset
const tag = cloudinary.image(id, { srcset: { min_width: 200, max_width: 800, max_images: 3 } });
for (const [url, wide] of candidates(tag.match(/srcset='([^']*)'/)[1])) {
  expect("cloudinary, srcset", url, ...limited(parseInt(wide)));
}

// Astro, with the service as its image service
const { default: service } = await import("./frontends/astro-service.mjs");
globalThis.astroAsset = { imageService: service, referencedImages: new Set() };
const astroConfig = { service: { config: {} }, domains: [], remotePatterns: [] };
const astro = await getImage({ src: `/${id}`, width: 400, height: 300, alt: "" }, astroConfig);
expect("astro", astro.src, 400, 300);
for (const { url, transform } of astro.srcSet.values) expect("astro, srcset", url, transform.width, transform.height);

// Nuxt Image, with the base URL of the snippet
const baseURL = "https://images.example.com/demo/image/upload/";
const nuxt = (modifiers) => nuxtProvider().getImage(id, { modifiers, baseURL }, {}).url;
expect("@nuxt/image", nuxt({ width: 400, height: 300, fit: "cover" }), 400, 300);
expect("@nuxt/image, pad", nuxt({ width: 300, height: 300, fit: "inside", background: "#fff" }), 300, 300);

console.log(JSON.stringify(written, null, 1));
