import { v2 as cloudinary } from "cloudinary";

cloudinary.config({
  cloud_name: "demo",
  api_key: "demo-key",
  api_secret: "demo-secret",
  secure: true,
  private_cdn: true,
  secure_distribution: "images.example.com",
});

export const card = (id) =>
  cloudinary.url(id, {
    transformation: [
      { width: 400, height: 300, crop: "fill", gravity: "auto" },
      { fetch_format: "auto", quality: "auto" },
    ],
    sign_url: true,
  });
