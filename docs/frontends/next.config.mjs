export default {
  images: {
    loader: "custom",
    loaderFile: "./darkroom-loader.js",
    // steps of about a quarter: neighbours differ by half in area, and no phone loads twice what it shows
    deviceSizes: [640, 828, 1080, 1280, 1600, 1920, 2560],
    imageSizes: [160, 240, 320, 400, 512],
  },
};
