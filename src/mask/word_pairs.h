// Holds what each pair of neighbouring characters costs in words and names; words.cpp reads it.
//
// One row per first character: end of a word, a-z, A-Z, digit; one character per second one in the
// same order. A cost is the negative logarithm of the pair's probability, in sixths of a bit, as
// the distance from '#'. Counted over the English word list of Debian, C and C++ headers, the
// Python and Perl libraries, Java class names, names of Python packages, and logs of Hadoop, Apache
// and Linux.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace logd {

inline constexpr std::size_t kWordSymbols = 54;

inline constexpr char kPairCosts[kWordSymbols][kWordSymbols + 1] = {
    "}@F<CDDDFAWQEBFD@XD:BHKKH]]CG@DEDIJDXRGDGGB[E>DJJPIaZX",
    "@[A9=PP@[AbJ6=8a<c7:4FCPNIZptlomlktn}wjtmog}dbgsqtu}}d",
    "66JGN8URY9@X3NR:Kd><L8V[SC]dg]]bbpl[z`afdia{]Zcmisn}}Y",
    "99NGS8TZ6Ce:<JW1I^@I5BRaZJnac]bdehc_v_ecc_^}a_Yqikq}}a",
    ".<MR@0OOV8OQCQS>R_CBPBTYXPlVUQWST`^Rv[TRYVTlVORaX_u}l[",
    "1@Q<<HFIWUiY=C8SFM39:WKMALdXYVZVX`bUvbZV]]VoXRU`^cq}kf",
    "1:OOL:;ZZ2qa=RM6Jf=BA=]X`Fr_]]dcaomayragfbbpbY_geh}}x[",
    "/CZQY1YGE<ij:J@7Ni>@JC]]lQXX[U]XUk^Q}gVWV[TpVRWa[iy}v_",
    "13WYQ/V^[9hVNGS8Qe@G<EZYhMl][T]]Xgg]}baWb^Y}RSWeanr}}f",
    "BCD;>@B@h^jV:@08C]C98^EgKiCqqlsro}zw}}ycruj}qqf|x}}}}h",
    "73YJS+W_]B^H[N[:F]U;R<WVe[g}gHaf`mw`}mR^rmX}^W]wom}}}d",
    "*@OJK1SMR9gZHRIKNdP=MH]J]P_W[SYTR[dPx`[SZ]VpWPU]ZW}s|c",
    "59OPB1=SV5mV8TX9Op]B@@F_fBa^[T][]^eX}haV]^Vr[QZa]jl}}i",
    "33AKJ2WZ`;pUE;T86`YBODU_]Pn[]W^][feX}da]b]YqZTY^bdsw}d",
    "2;T<89C6W@MJMUGAN`W94EI]bTc]]W^W]hbX}i]Ya_WxXUXebek}yi",
    "=IH><XJAZIVJ=91>>l3@A>EDRXbel_edeun`}uhhfg`}e^fhpp}}zh",
    "56UHK3OSD>oO:QP:>^8A:B]Wa@X]XW`[^gdZ}eaZdcZzXY[gcfu}}a",
    "0LLMKMP]RLhfARLSJICEH(WI`dYhdU]bl}d[}}la^gfrcjGi}f}}}d",
    "27SEE2Q@]8lMICE9LeB<=HIVfBn]ZW]ZYgdT}h]Y``XvYUWheb}}}g",
    ".DZDQ3OS@;mAELTBCXR;4BYQeJ]]]Y`]]ekY}q^Y_]ZnYWZe`dg}ub",
    "0:YGR3R_=5oXKPV;Gk:@AF`WVB`SVPUTTa[Qr`VRX[RrRNS]X^msra",
    "FB>BE:EEZ>eZ7;5O=d784]RaNf]|}v}mu}ym}}v}}}m}}ri{}}|}}Z",
    ":4YIT+QP]5vOK:UAO]PIJU]XE[e]odknkivj}gbkipalY]nlo}}}}U",
    "12QLE8SWA5hXHU<:QY:>NU[H]_gWVS[W]gcXwnZXcYWxXRX_]edioa",
    "1<Z=P=J_XAqgQB[O;gWH3DXaNHhV]RTXSZkY}lU]c]UdZR]``fTztD",
    "+HLFNFNQWId`E@AK3_L<=RZQ_]UQQLPPPZ]Nq`QOWPPcQIOVW[j}rf",
    "59UPX(S_L9gZIIKATeURUK]W^EEWi}}ajd}a}}}hf}x}}ld}}}y}}`",
    "9oJMGb[Znd}qG]IySqDJJN]brvoPC=>LMA^E[N9><b>c8:6HFTFL`S",
    "4<kdhDhqk<pyFkmG`yGad<r}qDj<J@L@MXa8=T;PNBK_DBK<^bZJ^P",
    "6@jfnOfwDYzrDRi7^xI`TNjosTw;JGJ<NW=Be>B@Y8I`@@9IS]MLtU",
    ".CZny9h|nA]}jlkGtxTXbPp]}Y}@HKD2KQJ:XXFJPBOcECIHQN]ThR",
    "1`ufYvgqul}}NTDpfZL]ejP}B|}BM=>HGHZShZAD9GHK5:=RDR@FeW",
    "4@t]dPysw;}}GeU@f}Dcd@vea}}=LFG@<W]:{]<LG:M`DE@D]RbJ}K",
    "/QkYk;l{dV{}JgVJ_}BehNyb}p_COHU5SNG=oc7H@BCn:@HJTVYYWb",
    ".:}l_An|{J}kg[sGf}ehFUuiyZu2^VN5QeZ=oWKFV;PpCGBJZOfQia",
    ">spaIk^_}tn}hF8Pi{eJHsp}p}zEC>9ECBgUmY@B28AbD=;`H`KdGb",
    "-;|^KIlWpN}]kfYAQrYJZAlipc}=VKN5M^Z@bKTMa=F`V5NA]Yjdq`",
    "-Oaik8l}XE}pPpQUuv]dk]qYdmrCR:I1LQP9qWKGEPPdNDMD[PiWYZ",
    "/GXfdFm}e>y}Xuv>w}vai]b}}jg:TPF6ELS7gW<TK:OeW@CDEZcH][",
    "46h^`@je}G}fhld>Z{rYsCg{}W}5HFE6KZ_=u[EFW>8cT>IIZaVYj]",
    "3DmlnHgv}[}ujwnAr}i]jHfy|n}<W><:>7[>iIHXI=QeF:8CK]aWkU",
    "7hG`]nJnsn|lXdQpC}JYUNT]v}}K@<=VEAVFdI@@4D<j6<@@IDW[ie",
    "4=wjfJjoSO}dJpbCV}:]IO_e}D};QDL7KL@BmAANL<Ba9E>FW]_I`_",
    ".Phh``lqo[}qakV[kZZYY2p[yvqIRKOFTY]Jp[FTHSEPHFN,WViie_",
    "2Hupp7srhYx}iwpNl}}anPqwrx}9KFG4JIW9oRECH;Hb@@=JMX^Ep`",
    "2PuIj=z|MFy]UZ_KKe_f>G^[fJvCTEM9TQC=rK;NBEB[K88FWUYIVX",
    "0FhNpG|tKM}OldxFa}DeaWy`sBu;SDP6M`@9oUBOV>Hk9CBFZXEB^a",
    "@haectgio^}hfl;tK}SEEj]}[vqD@CB<DFb@fZ:@5Q=f:88XJ_Jb`Y",
    "78xki<ekpA}`flpSdyg^bg{ls}}8SGV0POW=}CI=UF>^OEIYcZN_hK",
    "4=j_^@dfG5zum]bCfz:]nam[yfr6SJK>UZG6u]LO@@LS<CJYdR[[oc",
    "._kWXcQsrf}P_Rq^N}__MkmkhmoL[DLDCSXEu=PEMS>cME6X_]@QfB",
    ")V{dqRstzY}}ra{Uq}qal^m}v}}DOJSFTQeGiaIA@P2PM9@RZSaVW_",
    "2Lc]SAlqTD}lSpf@c}fVmYgep[^@YSZ,P_O<i`EDQ;UgVPYMiV^NGK",
    ",RSSNRRmiY]b^b`cYm_[[_WdYxsMJLLOJcg^rcSdgd_x^XdVX][zy=",
};

}  // namespace logd
