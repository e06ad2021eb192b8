export default {
  image: { service: { entrypoint: "./src/darkroom.mjs" } },
};
