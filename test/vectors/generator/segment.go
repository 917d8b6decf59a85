package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

const (
	frameBytes     = 262_144
	tagBytes       = 16
	shareBytes     = 65_536
	watermarkBytes = 16
	slots          = 8
	suite          = "aes-256-gcm"
)

type segmentCase struct {
	Required       int    `json:"required"`
	Parity         int    `json:"parity"`
	PlaintextBytes int    `json:"plaintextBytes"`
	SegmentIndex   uint32 `json:"segmentIndex"`
	// All inputs are stream(seed + " plaintext", …) and so on.
	Seed          string   `json:"seed"`
	ShardBytes    int      `json:"shardBytes"`
	Watermarks    int      `json:"watermarks"`
	Places        []int    `json:"places"`
	KeyCommitment string   `json:"keyCommitment"`
	WrappedKey    string   `json:"wrappedKey"`
	Addresses     []string `json:"addresses"`
	// Whole shards, only of short ones.
	Shards []string `json:"shards,omitempty"`
}

func mac(key []byte, parts ...[]byte) []byte {
	running := hmac.New(sha256.New, key)
	running.Write(join(parts...))
	return running.Sum(nil)
}

func derive(key, salt []byte, info string, length int) []byte {
	return must(hkdf.Key(sha256.New, key, salt, info, length))
}

func sealed(key, nonce, plaintext, associated []byte) []byte {
	return must(cipher.NewGCM(must(aes.NewCipher(key)))).Seal(nil, nonce, plaintext, associated)
}

// sealedSegment pads and seals frame by frame.
func sealedSegment(plaintext []byte, k int, index uint32, dataKey, salt []byte) (out []byte) {
	want := len(plaintext) + tagBytes*((len(plaintext)+frameBytes-1)/frameBytes)
	for rest := want % (frameBytes + tagBytes); want%k != 0 || (rest > 0 && rest <= tagBytes); rest = want % (frameBytes + tagBytes) {
		want++
	}
	frames := (want + frameBytes + tagBytes - 1) / (frameBytes + tagBytes)
	padded := make([]byte, want-frames*tagBytes)
	copy(padded, plaintext)
	key := derive(dataKey, salt, "lunarx/segment-key/1\x00"+suite, 32)
	associated := join([]byte("lunarx/frame/1\x00"+suite+"\x00"), u32(index), u32(uint32(len(plaintext))))
	for i := range frames {
		last := byte(0)
		if i == frames-1 {
			last = 1
		}
		nonce := join(make([]byte, 7), u32(uint32(i)), []byte{last})
		out = append(out, sealed(key, nonce, padded[i*frameBytes:min((i+1)*frameBytes, len(padded))], associated)...)
	}
	return out
}

// stripes deals the sealed segment to the ciphertexts of k data shards.
func stripes(segment []byte, k int) [][]byte {
	shards := make([][]byte, k)
	for at := 0; at < len(segment); {
		share := min(shareBytes, (len(segment)-at)/k)
		for j := range shards {
			shards[j] = append(shards[j], segment[at:at+share]...)
			at += share
		}
	}
	return shards
}

func places(size int, positionKeys [][]byte, salt []byte) (out []int) {
	count := min(128, size/1600)
	for t := range count {
		start, end := t*size/count, (t+1)*size/count
		draws := derive(mac(positionKeys[t%slots], []byte("lunarx/position-seed/1\x00"), salt), nil, "lunarx/place/1\x00", 128)
		out = append(out, start+int(binary.BigEndian.Uint64(draws[t/slots*8:])%uint64(end-start)))
	}
	return out
}

func inject(ciphertext []byte, shard, k int, at []int, codeKeys [][]byte, salt []byte) (out []byte) {
	from := 0
	for t, place := range at {
		seed := mac(codeKeys[t%slots], []byte("lunarx/code-seed/1\x00"), salt)
		codes := derive(seed, nil, "lunarx/code/1\x00"+string(u32(uint32(t))), watermarkBytes*k)
		out = append(out, ciphertext[from:place]...)
		out = append(out, codes[shard*watermarkBytes:(shard+1)*watermarkBytes]...)
		from = place
	}
	return append(out, ciphertext[from:]...)
}

func keys(seed string) (out [][]byte) {
	for slot := range slots {
		out = append(out, stream(fmt.Sprintf("%s %d", seed, slot), 32))
	}
	return out
}

func segmentCaseOf(k, m, size int, index uint32) segmentCase {
	seed := fmt.Sprintf("segment %d+%d %d", k, m, size)
	dataKey, salt := stream(seed+" data key", 32), stream(seed+" salt", 16)
	ciphertexts := stripes(sealedSegment(stream(seed+" plaintext", size), k, index, dataKey, salt), k)
	at := places(len(ciphertexts[0]), keys(seed+" position key"), salt)
	data := make([][]byte, k)
	for j := range data {
		data[j] = inject(ciphertexts[j], j, k, at, keys(seed+" code key"), salt)
	}
	shards := encode(data, m)
	commitment := mac(dataKey, []byte("lunarx/key-commitment/1\x00"))
	nonce := stream(seed+" nonce", 12)
	one := segmentCase{
		Required: k, Parity: m, PlaintextBytes: size, SegmentIndex: index, Seed: seed,
		ShardBytes: len(data[0]), Watermarks: len(at), Places: append([]int{}, at...),
		KeyCommitment: hex.EncodeToString(commitment),
		WrappedKey: hex.EncodeToString(join(nonce, sealed(stream(seed+" wrapping key", 32), nonce, dataKey,
			join([]byte("lunarx/wrap-key/1\x00"), commitment)))),
	}
	for _, shard := range shards {
		one.Addresses = append(one.Addresses, hex.EncodeToString(address(shard)))
	}
	if len(data[0]) <= 32 {
		one.Shards = hexes(shards)
	}
	return one
}

func segmentCases() (cases []segmentCase) {
	for i, shape := range [][3]int{
		{4, 2, 1}, {4, 2, 15}, {4, 2, 10_000}, {4, 2, 65_535}, {4, 2, 262_144}, {4, 2, 262_145}, {10, 4, 65_536}, {10, 4, 655_361},
		{10, 4, 3_000_000}, {17, 3, 262_128}, {17, 3, 1_114_111}, {1, 1, 300_000}, {29, 51, 262_144}, {254, 1, 262_139},
	} {
		cases = append(cases, segmentCaseOf(shape[0], shape[1], shape[2], uint32(i*1000)))
	}
	return cases
}
