export default defineNuxtConfig({
  modules: ["@nuxt/image"],
  image: {
    provider: "cloudinary",
    cloudinary: { baseURL: "https://images.example.com/demo/image/upload/" },
  },
});
