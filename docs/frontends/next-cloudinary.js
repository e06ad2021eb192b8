import { getCldImageUrl } from "next-cloudinary";

// beside NEXT_PUBLIC_CLOUDINARY_CLOUD_NAME=demo; <CldImage config={darkroom}> takes the same
export const darkroom = {
  url: { secureDistribution: "images.example.com", privateCdn: true },
};

export const card = (src) =>
  getCldImageUrl({ src, width: 400, height: 300, crop: "fill", gravity: "auto" }, darkroom);
